"""What an engine keeps of works and parts: documents with a key, fields of terms, stored bytes.

A long part, a chapter, becomes several documents with a piece of its text each, that overlap a
little: a piece of a page's length ranks as well as a page and is as quick to read and to show.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from content.search.analysis import part_fields, work_fields
from content.search.engine import Fields, PartText, WorkText
from content.search.packing import pack_part, pack_work

# A page of a book has some 1,500 letters; a text of up to LONGEST stays whole.
LONGEST, PIECE, OVERLAP = 4_000, 2_500, 100
# A key is the number of the work, then that of the part, then that of the piece.
_PIECE_BITS, _PART_BITS = 12, 20
_PIECES, _PARTS = 1 << _PIECE_BITS, 1 << _PART_BITS
WORK_MARK, PART_MARK = "kind=work", "kind=part"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of an index.

    Args:
        key: Sorts works and their parts in order; see `key_of`.
        fields: Terms by field (engine.py has the table).
        stored: `packing` reads it.
    """

    key: int
    fields: Fields
    stored: bytes


def key_of(work: int, number: int = 0, piece: int = 0) -> int:
    """Return the key of a work (number 0) or of a piece of one of its parts."""
    return (work * _PARTS + number) * _PIECES + piece


def place_of(key: int) -> tuple[int, int, int]:
    """Return the numbers of the work, the part and the piece that a key stands for."""
    return key >> _PIECE_BITS + _PART_BITS, key >> _PIECE_BITS & _PARTS - 1, key & _PIECES - 1


def work_document(work: WorkText) -> Document:
    """Return the document of a work."""
    fields = work_fields(work)
    marks = [*fields["marks"], WORK_MARK]
    return Document(key_of(work.work), {**fields, "marks": marks}, pack_work(work))


def part_documents(part: PartText) -> Iterator[Document]:
    """Yield the documents of a part; the first alone is marked as one: parts are counted by it."""
    for number, piece in enumerate(pieces(part)):
        fields = part_fields(piece)
        marks = [*fields["marks"], *([] if number else [PART_MARK])]
        key = key_of(part.work, part.number, number)
        yield Document(key, {**fields, "marks": marks}, pack_part(piece))


def pieces(part: PartText) -> list[PartText]:
    """Return a part whose text is long as several, cut between words."""
    text = part.text
    if len(text) <= LONGEST:
        return [part]
    length = max(PIECE, len(text) // (_PIECES // 2))
    cut = []
    start = 0
    while start < len(text):
        end = start + length
        if end < len(text):
            end = _space_before(text, end, start + length // 2)
        cut.append(replace(part, text=text[start:end].strip()))
        start = _space_before(text, end - OVERLAP, start + length // 4) if end < len(text) else end
    return cut


def _space_before(text: str, end: int, least: int) -> int:
    """Return the last place between words up to `end`, or `end` if there is none after `least`."""
    for place in range(end, least, -1):
        if text[place].isspace():
            return place
    return end
