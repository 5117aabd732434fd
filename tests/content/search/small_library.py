"""A few works for tests of search, and an index of them by any engine."""

from collections.abc import Iterable
from pathlib import Path

from content.search.analysis import mark
from content.search.engine import Engine, IndexWriter, PartText, WorkText

VIETNAMESE = (mark("language", "vi"),)
WORKS = [
    WorkText(1, "Đường lên Điện Biên", ("Lò Văn Mẫu",), ("Lịch sử",), ("Lai Châu",)),
    WorkText(2, "Hà Nội băm sáu phố phường", ("Thạch Lam",), ("Ký sự",), body="Quà Hà Nội."),
    WorkText(3, "Diễn biến thời tiết", ("Ban soạn",), ("Khí hậu",)),
    WorkText(4, "Truyện Kiều", ("Nguyễn Du",), ("Thơ",)),
    WorkText(5, "Sổ tay nuôi ong", ("Lò Thị Pâng",), ("Chăn nuôi",), ("Phong Thổ",)),
]
TEXTS = {
    1: ["Đèo Pha Đin dài ba mươi hai cây số.", "Mường Thanh là cánh đồng lớn."],
    2: ["Người ta ăn phở sáng, ăn phở trưa.", "Phố cổ có ba mươi sáu nghề."],
    3: ["Trời có thể mưa, đường lên bản trơn."],
    4: ["Trăm năm trong cõi người ta.", "Hoà bình và hạnh phúc.", "Người ta nói đến hoà bình."],
    5: ["Ong mật làm tổ trong hốc cây.", "Mùa hoa nhãn, ong đi lấy mật."],
}


def parts_of(work: int, marks: tuple[str, ...] = VIETNAMESE) -> list[PartText]:
    texts = enumerate(TEXTS.get(work, []), start=1)
    return [
        PartText(work, number, f"Chương {number}", f"works/{work}/{number}.html", text, marks)
        for number, text in texts
    ]


def write(writer: IndexWriter, works: Iterable[WorkText] = WORKS) -> None:
    for work in works:
        writer.add_work(work)
        for part in parts_of(work.work):
            writer.add_part(part)


def make_index(engine: Engine, folder: Path, works: Iterable[WorkText] = WORKS) -> Path:
    writer = engine.create(folder)
    write(writer, works)
    writer.close()
    return folder
