"""Make archives as Kiwix's libraries have them: indexed, tagged, any metadata, also hostile."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from libzim.writer import Creator, Hint

from content.builder.zim_item import EntryItem, Indexed
from tests.content.zim_maker import HTML, png

WORDS = (
    "lúa nương bản mường suối rừng thảo quả trâu ruộng núi đèo sông Đà Điện Biên Lai Châu chợ phiên"
).split()


@dataclass(frozen=True)
class Article:
    """One page: what it is called, what it says."""

    path: str
    title: str
    text: str

    @property
    def html(self) -> str:
        """The page as written into the archive."""
        return (
            f"<html><head><title>{self.title}</title><style>p{{color:red}}</style></head>"
            f"<body><h1>{self.title}</h1><p>{self.text}</p></body></html>"
        )


def articles(count: int, *, words: int = 40, seed: int = 1) -> list[Article]:
    """Return pages of random words, the same each time."""
    chance = random.Random(seed)
    return [
        Article(
            f"bài/{number:04d} a.html",
            f"{' '.join(chance.choices(WORDS, k=3))} {number}",
            " ".join(chance.choices(WORDS, k=words)),
        )
        for number in range(count)
    ]


def make_indexed(
    path: Path,
    pages: Sequence[Article],
    *,
    metadata: Mapping[str, str] | None = None,
    has_index: bool = True,
) -> Path:
    """Write an archive of these pages called as its file."""
    creator = Creator(path).config_indexing(has_index, "vie")
    creator.set_mainpath("index.html")
    values = {
        "Name": path.stem,
        "Title": f"Sách {path.stem}",
        "Creator": "Người viết",
        "Publisher": "Nhà xuất bản",
        "Date": "2026-11-24",
        "Description": "Mô tả",
        "Language": "vie",
        **(metadata or {}),
    }
    with creator:
        main = "<html><body><h1>Main</h1></body></html>"
        creator.add_item(EntryItem("index.html", HTML, main, title="Main", front=True))
        for one in pages:
            indexed = Indexed(one.title, one.text) if has_index else None
            creator.add_item(
                EntryItem(one.path, HTML, one.html, title=one.title, front=True, indexed=indexed)
            )
        creator.add_item(EntryItem("ảnh.png", "image/png", png()))
        creator.add_redirection("old", "Old", "index.html", {Hint.FRONT_ARTICLE: False})
        creator.add_illustration(48, png())
        for name, value in values.items():
            creator.add_metadata(name, value)
    return path
