"""Search in one archive by the full-text index it brings, and show where the words stand.

libzim takes the marks off a query but keeps đ, so words typed without accents are tried in both
spellings of d. It has no snippets in Python, and elsewhere they are nearly all that a search costs:
here only the first bytes of a text are unpacked, and only a short stretch is freed of its markup.
"""

import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from content.archive.packed import PackedArchive
from content.archive.reader import ArchiveReader
from content.errors import ContentError
from content.vietnamese import fold, normalize, spellings_of_d

MARK_START = "\x02"
MARK_END = "\x03"
# Texts found lie early on, and what is further down shows no better why.
MAX_TEXT_BYTES = 96_000
FIRST_BYTES = 6_000
MAX_WORDS = 12
MAX_PLACES = 40
# Up to so many hits of all spellings together are counted one by one.
MAX_COUNTED = 200
_BEFORE, _AFTER = 160, 400
_LEAD_WORDS, _SHOWN_WORDS = 8, 32
_GZIP_WINDOW = 31
_TAG = re.compile(r"<[^>]*>")
_HIDDEN = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)|<!--.*?(-->|$)", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Matches:
    """Where words stand in one archive, best first.

    Args:
        total: How many there are; of several spellings at least so many.
        paths: The first of them.
    """

    total: int
    paths: tuple[str, ...]


def find(reader: ArchiveReader, words: str, *, count: int) -> Matches:
    """Return the first `count` entries whose text has `words`, by the archive's own index."""
    spellings = spellings_of_d(normalize(words))
    if len(spellings) == 1:
        total, paths = reader.full_text(spellings[0], count)
        return Matches(total, paths)
    found = [reader.full_text(one, count) for one in spellings]
    if sum(total for total, _ in found) <= MAX_COUNTED:
        found = [reader.full_text(one, MAX_COUNTED) for one in spellings]
    merged = tuple(in_turns([paths for _, paths in found]))
    total = max(len(merged), *(total for total, _ in found))
    return Matches(total, merged[:count])


def in_turns(lists: list[tuple[str, ...]]) -> dict[str, None]:
    """Return what is in the lists, once: the first of each, then the second of each, and so on."""
    longest = max(map(len, lists), default=0)
    return dict.fromkeys(one[rank] for rank in range(longest) for one in lists if rank < len(one))


def snippet_of(
    path: str, reader: ArchiveReader, packed: PackedArchive | None, wanted: "Wanted"
) -> str:
    """Return a stretch of an entry's text, found words between marks; "" when there is none."""
    try:
        body = packed.body(path) if packed is not None else None
        if body is None:
            raw = bytes(reader.entry(path).content[:MAX_TEXT_BYTES])
            return snippet(raw.decode("utf-8", errors="replace"), wanted)
        unpacker = zlib.decompressobj(_GZIP_WINDOW)
        raw = unpacker.decompress(body.packed, FIRST_BYTES)
        text = raw.decode("utf-8", errors="replace")
        if unpacker.eof or first_place(text, wanted) >= 0:
            return snippet(text, wanted)
        raw += unpacker.decompress(unpacker.unconsumed_tail, MAX_TEXT_BYTES - FIRST_BYTES)
        return snippet(raw.decode("utf-8", errors="replace"), wanted)
    except (ContentError, zlib.error):
        return ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words looked for, ready to be found in many texts.

    Args:
        exact: As typed.
        any_word: Finds each of them, marks and case forgiven.
    """

    exact: str
    any_word: re.Pattern[str]


@lru_cache(maxsize=64)
def wanted_words(words: str) -> Wanted | None:
    """Return what finds `words` in a text; None when they hold no letter."""
    parts = dict.fromkeys(_WORD.findall(fold(words)))
    if not parts:
        return None
    longest_first = sorted(list(parts)[:MAX_WORDS], key=len, reverse=True)
    choices = "|".join("".join(_letters_like(one) for one in part) for part in longest_first)
    return Wanted(normalize(words).strip(), re.compile(rf"(?<![^\W_])(?:{choices})(?![^\W_])"))


def snippet(text: str, wanted: Wanted) -> str:
    """Return the stretch of an HTML text around the first place that has the words."""
    start, at = _body(text), first_place(text, wanted)
    first = max(start, at - _BEFORE)
    raw = text[first : max(at, start) + _AFTER]
    if "<script" in raw or "<style" in raw or "<!--" in raw:
        raw = _HIDDEN.sub(" ", raw)
    plain = unescape(_TAG.sub(" ", _without_cut_tags(raw)))
    plain = " ".join(plain.replace(MARK_START, "").replace(MARK_END, "").split())
    return _marked(plain, wanted, is_start=first == start)


def first_place(text: str, wanted: Wanted) -> int:
    """Return where the phrase stands as typed, else one of its words; -1 when neither does."""
    start = _body(text)
    at = text.find(wanted.exact, start) if wanted.exact else -1
    if at >= 0 and _is_shown(text, at):
        return at
    for number, match in enumerate(wanted.any_word.finditer(text, start)):
        if _is_shown(text, match.start()):
            return match.start()
        if number >= MAX_PLACES:
            break
    return -1


def _body(text: str) -> int:
    return max(0, text.find("<body"))


def _without_cut_tags(raw: str) -> str:
    """Return a stretch of HTML without the halves of tags at its ends."""
    opened, closed = raw.find("<"), raw.find(">")
    if closed >= 0 and (opened < 0 or closed < opened):
        raw = raw[closed + 1 :]
    opened = raw.rfind("<")
    return raw[:opened] if opened > raw.rfind(">") else raw


def _is_shown(text: str, at: int) -> bool:
    """Return whether a place is text that a reader sees, not markup or a script."""
    if text.rfind("<", 0, at) > text.rfind(">", 0, at):
        return False
    return all(
        text.rfind(f"<{tag}", 0, at) <= text.rfind(f"</{tag}", 0, at) for tag in ("script", "style")
    )


def _marked(plain: str, wanted: Wanted, *, is_start: bool) -> str:
    """Return some words around the first found one, with the found ones between marks."""
    match = wanted.any_word.search(plain)
    if match is None:
        words = plain.split(" ")
        return " ".join(words[:_SHOWN_WORDS])
    before = plain[: match.start()].split(" ")
    lead = " ".join(before[-_LEAD_WORDS - 1 :])
    is_cut = not is_start or len(before) > _LEAD_WORDS + 1
    after = plain[match.start() :].split(" ")
    shown = lead + " ".join(after[: _SHOWN_WORDS - _LEAD_WORDS])
    marked = wanted.any_word.sub(lambda one: f"{MARK_START}{one[0]}{MARK_END}", shown)
    return f"… {marked}" if is_cut else marked


@lru_cache(maxsize=64)
def _letters_like(letter: str) -> str:
    """Return a pattern of every spelling of a folded letter: small, capital, with marks."""
    if letter not in _marked_letters():
        return f"[{re.escape(letter)}{re.escape(letter.upper()[:1])}]"
    return f"[{_marked_letters()[letter]}][\u0300-\u036f]*"


@lru_cache(maxsize=1)
def _marked_letters() -> dict[str, str]:
    """Return each letter a to z that takes marks with all its forms in Latin script."""
    forms: dict[str, str] = {}
    for code in (
        *range(0x41, 0x5B),
        *range(0x61, 0x7B),
        *range(0xC0, 0x250),
        *range(0x1E00, 0x1F00),
    ):
        letter = chr(code)
        if unicodedata.category(letter) in ("Lu", "Ll"):
            plain = fold(letter)
            if len(plain) == 1 and "a" <= plain <= "z":
                forms[plain] = forms.get(plain, "") + letter
    return forms
