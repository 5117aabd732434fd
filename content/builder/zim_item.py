"""Items for libzim's writer: bytes or a file, with what the archive's own search shall know of it.

libzim does not fold custom index data: newer readers look for words with marks off but đ kept,
older ones for the words as typed, people without a Vietnamese keyboard for d. So all three forms
go in; with stock index data `dien bien` never finds `Điện Biên`.
"""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from libzim.writer import ContentProvider, FileProvider, Hint, IndexData, Item, StringProvider

from content.vietnamese import fold, normalize


def index_words(text: str) -> str:
    """Return what is indexed for `text`: folded words, and the forms other readers look for.

    ICU `Lower; NFD; [:M:] remove; NFC`, as libzim 9 folds a query, keeps đ; libzim 8 (Debian 12)
    does not fold a query at all.
    """
    marked = sorted({word for word in normalize(text).lower().split() if not word.isascii()})
    kept = dict.fromkeys(_without_marks(word) for word in marked if "đ" in word)
    return " ".join([fold(text), *kept, *marked])


def _without_marks(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(c for c in letters if not unicodedata.combining(c)))


@dataclass(frozen=True, slots=True)
class Indexed:
    """What the full-text index of the archive knows of an item."""

    title: str
    text: str


class _IndexData(IndexData):  # type: ignore[misc] # libzim ships no types
    def __init__(self, indexed: Indexed) -> None:
        super().__init__()
        self._title = index_words(indexed.title)
        self._content = index_words(indexed.text)

    def has_indexdata(self) -> bool:
        return True

    def get_title(self) -> str:
        return self._title

    def get_content(self) -> str:
        return self._content

    def get_keywords(self) -> str:
        return ""

    def get_wordcount(self) -> int:
        return self._content.count(" ") + 1

    def get_geoposition(self) -> tuple[bool, float, float]:
        return (False, 0.0, 0.0)


class _NoIndexData(_IndexData):
    def __init__(self) -> None:
        super().__init__(Indexed("", ""))

    def has_indexdata(self) -> bool:
        return False


class EntryItem(Item):  # type: ignore[misc] # libzim ships no types
    """One entry to write.

    Args:
        path: Entry path in the archive.
        media_type: IANA media type.
        content: Text, bytes, or a file that is read when its cluster is written.
        title: Shown in suggestions when `front`.
        front: Whether title suggestions list it (openZIM front article).
        indexed: What full-text search knows of it; None keeps it out.
    """

    def __init__(  # noqa: PLR0913 -- the fields of a ZIM entry
        self,
        path: str,
        media_type: str,
        content: str | bytes | Path,
        *,
        title: str = "",
        front: bool = False,
        indexed: Indexed | None = None,
    ) -> None:
        super().__init__()
        self._path = path
        self._media_type = media_type
        self._content = content
        self._title = title
        self._front = front
        self._indexed = indexed

    def get_path(self) -> str:
        """Return the entry path."""
        return self._path

    def get_title(self) -> str:
        """Return the title."""
        return self._title

    def get_mimetype(self) -> str:
        """Return the media type."""
        return self._media_type

    def get_contentprovider(self) -> ContentProvider:
        """Return what feeds the writer."""
        if isinstance(self._content, Path):
            return FileProvider(str(self._content))
        return StringProvider(self._content)

    def get_hints(self) -> dict[Hint, bool]:
        """Return whether suggestions list it and whether it is compressed."""
        # Sound, pictures and documents are compressed already; plain, they can be sent from the
        # file as they are and change little from one edition to the next.
        kind = self._media_type.split(";")[0]
        packs = kind.startswith("text/") or kind in {"application/json", "image/svg+xml"}
        return {Hint.FRONT_ARTICLE: self._front, Hint.COMPRESS: packs}

    def get_indexdata(self) -> IndexData:
        """Return what full-text search knows of it."""
        return _NoIndexData() if self._indexed is None else _IndexData(self._indexed)
