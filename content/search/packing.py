"""Works and parts as bytes, for an engine to store: packed against a dictionary of common words.

A page is short, so deflate alone finds little to repeat; knowing the commonest words beforehand
makes it a quarter smaller. The dictionary is part of the format: another one needs another
`VERSION` of every engine. Its words are the commonest of public-domain Vietnamese prose and verse,
the most frequent last, as deflate likes it.
"""

import json
import zlib
from functools import cache
from importlib.resources import files
from typing import Any

from content.errors import SearchError
from content.search.engine import PartText, WorkText

_LEVEL = 6
# Without the head and tail of zlib: to check the dictionary takes as long as to unpack a page.
_RAW = -zlib.MAX_WBITS
_DAMAGED = "a text of the search index is damaged; run 'diemdoc library rebuild'"
_decoded = json.JSONDecoder().raw_decode


def pack_work(work: WorkText) -> bytes:
    """Return a work as bytes."""
    lists = (work.names, work.subjects, work.places, work.marks)
    return _pack([work.work, work.title, work.body, *lists])


def unpack_work(data: bytes) -> WorkText:
    """Return the work that `pack_work` was given.

    Raises:
        SearchError: The bytes are damaged.
    """
    work, title, body, names, subjects, places, marks = _unpack(data, 7)
    return WorkText(work, title, tuple(names), tuple(subjects), tuple(places), body, tuple(marks))


def pack_part(part: PartText) -> bytes:
    """Return a part as bytes."""
    marks = " ".join(part.marks)
    return _pack([part.work, part.number, part.title, part.path, part.text, marks])


def unpack_part(data: bytes) -> PartText:
    """Return the part that `pack_part` was given.

    Raises:
        SearchError: The bytes are damaged.
    """
    work, number, title, path, text, marks = _unpack(data, 6)
    return PartText(work, number, title, path, text, tuple(marks.split()))


def _pack(values: list[Any]) -> bytes:
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    packer = zlib.compressobj(_LEVEL, wbits=_RAW, zdict=_dictionary())
    return packer.compress(text.encode()) + packer.flush()


def _unpack(data: bytes, length: int) -> list[Any]:
    # A page of results unpacks some fifteen; `json.loads` would guess the encoding of each first.
    try:
        text = zlib.decompressobj(wbits=_RAW, zdict=_dictionary()).decompress(data).decode()
        values = _decoded(text)[0]
    except (zlib.error, ValueError) as error:
        raise SearchError(_DAMAGED) from error
    if not isinstance(values, list) or len(values) != length:
        raise SearchError(_DAMAGED)
    return values


@cache
def _dictionary() -> bytes:
    return (files("content.search") / "words" / "common.dictionary").read_bytes()
