"""The HTML of an archive: readable by itself in any ZIM reader, without JavaScript.

Each part is a page with previous, contents and next; each work has a title page; `index.html` shows
the works by collection. What sources hand over as `html` is already sanitised and goes in as it is;
every other word is escaped by the templates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from content.builder.assemble import Content, folder_of
from content.terms import Form, PartKind, Record

_WORDS = {
    "vi": {
        "previous": "Trang trước",
        "next": "Tiếp theo",
        "contents": "Mục lục",
        "pages": "Sang trang",
        "turn": "Sang trang, cuối bài",
        "shelves": "Tất cả sách",
        "read": "Đọc",
        "listen": "Nghe",
        "take": "Tải về",
        "page": "Trang",
        "subject": "Chủ đề",
        "rights": "Quyền sử dụng",
        "source": "Nguồn",
    },
    "en": {
        "previous": "Previous",
        "next": "Next",
        "contents": "Contents",
        "pages": "Turn the page",
        "turn": "Turn the page, bottom",
        "shelves": "All works",
        "read": "Read",
        "listen": "Listen",
        "take": "Take along",
        "page": "Page",
        "subject": "Subjects",
        "rights": "Rights",
        "source": "Source",
    },
}


@dataclass(frozen=True)
class Pages:
    """The pages of one archive.

    Args:
        title: Title of the archive.
        language: BCP 47 tag of the words around the works; Vietnamese unless English.
    """

    title: str
    language: str = "vi"

    @property
    def words(self) -> dict[str, str]:
        """The words of buttons and headings."""
        return _WORDS["en" if self.language.startswith("en") else "vi"]

    def style(self) -> str:
        """Return the style sheet all pages share."""
        return _templates().get_template("style.css").render()

    def part(self, record: Record, content: Content) -> str:
        """Return the page of one chapter, page, track or picture."""
        part, total = content.part, len(record.parts)
        pictures = _relative(record, part.pictures)
        # The widest readable everywhere stands last: old phones know no WebP.
        plain = [one for one in pictures if one.media_type == "image/jpeg"]
        others = [one for one in pictures if one.media_type != "image/jpeg"]
        return self._render(
            "part.html",
            title=f"{self.part_title(record, content)} – {record.title}",
            root="../../",
            language=_language(record),
            record=record,
            part=part,
            number=content.number,
            total=total,
            before=content.number > 1,
            after=content.number < total,
            pictures=[*others, *plain],
            sounds=_relative(record, part.sounds),
            alt=part.title or " ".join(content.text.split()[:20]),
            html=Markup(content.html),  # noqa: S704 -- sanitised by the source
        )

    def part_title(self, record: Record, content: Content) -> str:
        """Return what a list of results calls a part."""
        if content.part.title:
            return content.part.title
        if content.part.kind == PartKind.PAGE:
            return f"{self.words['page']} {content.number}"
        return record.title if len(record.parts) == 1 else str(content.number)

    def work(self, record: Record) -> str:
        """Return the title page of a work."""
        numbered = list(enumerate(record.parts, start=1))
        listed = [(number, part) for number, part in numbered if part.listed]
        words = self.words
        covers = _relative(record, record.covers)
        return self._render(
            "work.html",
            title=record.title,
            root="../../",
            language=_language(record),
            record=record,
            cover=covers[-1] if covers else None,
            listed=listed if len(listed) > 1 or record.form != Form.DOCUMENT else numbered,
            downloads=_relative(record, record.downloads),
            facts=(
                (words["subject"], ", ".join(record.subject)),
                (words["rights"], record.rights or record.licence),
                (words["source"], record.source),
            ),
        )

    def index(self, records: Sequence[Record]) -> str:
        """Return the main page: every work under its collection, in the catalogue's order."""
        shelves: dict[str, list[Record]] = {}
        for record in records:
            shelves.setdefault(record.collection, []).append(record)
        return self._render(
            "index.html",
            title=self.title,
            root="",
            language=self.language,
            shelves=list(shelves.items()),
        )

    def _render(self, template: str, **values: Any) -> str:
        return _templates().get_template(template).render(words=self.words, **values)


def _language(record: Record) -> str:
    return record.language[0] if record.language else "vi"


def _relative(record: Record, things: Sequence[Any]) -> list[Any]:
    """Return pictures, sounds or downloads with their paths counted from the work's folder."""
    prefix = folder_of(record.identifier) + "/"
    return [replace(one, path=one.path.removeprefix(prefix)) for one in things]


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("content.builder", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
