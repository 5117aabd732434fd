"""Make the archive that the serving benchmark reads: articles, pictures and sounds of fixed sizes.

    .venv/bin/python -m tools.bench_archive OUT.zim [--articles 20000] [--seed 1]

Its words are Vietnamese syllables drawn by Zipf's law, so that it packs about as real text does.
"""

import argparse
import os
import random
from pathlib import Path

from libzim.writer import Creator, Hint, Item, StringProvider

from content.archive.quiet import hushed

SYLLABLES = """
 của và là có được trong cho người các với không một những này đã khi ở về từ đến ra như làm nhà
nước bản mường núi sông suối đất trời mưa nắng gió ruộng nương lúa ngô sắn trâu bò lợn gà chim cây
rừng hoa lá quả vườn đường chợ phiên ngày tháng năm mùa xuân hạ thu đông con cháu ông bà cha mẹ
anh chị em thầy cô trò học sách chữ đọc viết nghe nói kể chuyện xưa cổ tích hát múa khèn sáo trống
lễ hội tết cúng thần linh hồn ma quan lính giặc đánh giữ biên giới huyện xã tỉnh Lai Châu Điện
Biên Thái Mông Dao Giáy Hà Nhì Lự Khơ Mú La Hủ Mảng thổ cẩm chàm áo váy khăn thêu dệt rèn đan lát
nấu rượu xôi cá
""".split()
PICTURE_BYTES = 65_000
SOUND_BYTES = 20_000_000
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000300000003008020000001f6d0ef70000000c49444154789c6360000000"
    "0200014898b1a40000000049454e44ae426082"
)


class _Entry(Item):  # type: ignore[misc] # libzim ships no types
    def __init__(self, path: str, title: str, kind: str, content: str | bytes) -> None:
        super().__init__()
        self._path, self._title, self._kind, self._content = path, title, kind, content

    def get_path(self) -> str:
        return self._path

    def get_title(self) -> str:
        return self._title

    def get_mimetype(self) -> str:
        return self._kind

    def get_hints(self) -> dict[Hint, bool]:
        is_page = self._kind == "text/html"
        return {Hint.FRONT_ARTICLE: is_page, Hint.COMPRESS: is_page}

    def get_contentprovider(self) -> StringProvider:
        return StringProvider(self._content)


def article(chance: random.Random, number: int) -> tuple[str, str]:
    """Return title and HTML of an article of about 12.6 kB."""
    weights = [1 / (place + 3) for place in range(len(SYLLABLES))]
    words = chance.choices(SYLLABLES, weights, k=2_000)
    title = f"{' '.join(words[:4]).capitalize()} {number}"
    paragraphs = []
    for start in range(0, len(words), 50):
        line = " ".join(words[start : start + 50]).capitalize()
        link = f'<a href="A{chance.randrange(1, 20_000):05d}.html">{words[start]}</a>'
        paragraphs.append(f'<p id="p{start}" class="text">{line} {link}.</p>')
    body = "\n".join(paragraphs)
    head = f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
    return title, f"{head}</head><body><h1>{title}</h1>\n{body}</body></html>"


def make(
    out: Path, *, articles: int, pictures: int, sounds: int, seed: int, name: str = "bench"
) -> None:
    """Write the archive; the same numbers give the same texts."""
    with hushed():
        _make(out, articles, pictures, sounds, random.Random(seed), name)


def _make(
    out: Path, articles: int, pictures: int, sounds: int, chance: random.Random, name: str
) -> None:
    creator = Creator(out).config_indexing(True, "vie").config_nbworkers(os.cpu_count() or 1)  # noqa: FBT003
    creator.set_mainpath("A00001.html")
    with creator:
        # Before the items: with metadata last, libzim 3.13's writer once hung at the end (not seen
        # again, cause not found).
        for key, value in {
            "Name": name, "Title": "Bench", "Creator": "Điểm Đọc", "Publisher": "Điểm Đọc",
            "Date": "2026-11-25", "Description": "Bench", "Language": "vie",
        }.items():  # fmt: skip
            creator.add_metadata(key, value)
        creator.add_illustration(48, _PIXEL)
        for number in range(1, articles + 1):
            title, html = article(chance, number)
            creator.add_item(_Entry(f"A{number:05d}.html", title, "text/html", html))
        for number in range(1, pictures + 1):
            path = f"I/{number:04d}.webp"
            creator.add_item(_Entry(path, "", "image/webp", chance.randbytes(PICTURE_BYTES)))
        for number in range(1, sounds + 1):
            path = f"S/{number:02d}.mp3"
            creator.add_item(_Entry(path, "", "audio/mpeg", chance.randbytes(SOUND_BYTES)))


def main() -> None:
    """Make the archive that the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_archive", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--pictures", type=int, default=2_000)
    parser.add_argument("--sounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    make(
        asked.out, articles=asked.articles, pictures=asked.pictures,
        sounds=asked.sounds, seed=asked.seed,
    )  # fmt: skip


if __name__ == "__main__":
    main()
