"""Bytes of old documents to text: UTF-8 and UTF-16, Windows-1258, TCVN3 (ABC) and VNI.

Vietnamese was typed for twenty years in single-byte fonts that no library knows. Which one a text
is in shows in its syllables: the right reading gives Vietnamese, the wrong ones give none.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from content.builder.spool import Spool
from content.errors import SourceError
from content.vietnamese import is_syllable, normalize

SAMPLE_BYTES = 256 * 1024

# TCVN 5712:1993, VN3 (fonts .VnTime ...): byte -> letter. Capitals with tones were typed in a
# capital font (.VnTimeH) with the same bytes, so they cannot be told apart here.
TCVN3 = dict(
    zip(
        bytes.fromhex(
            "a1a2a3a4a5a6a7a8a9aaabacadaeb5b6b7b8b9bbbcbdbec6c7c8c9cacbcccecfd0d1d2d3d4d5d6d7d8dcddde"
            "dfe1e2e3e4e5e6e7e8e9eaebecedeeeff1f2f3f4f5f6f7f8f9fafbfcfdfe"
        ),
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)

# VNI-Windows: a letter of Windows-1252, then its marks as another letter.
_VNI_MARKS = {
    "ø": "\u0300",
    "ù": "\u0301",
    "û": "\u0309",
    "õ": "\u0303",
    "ï": "\u0323",
    "â": "\u0302",
    "à": "\u0302\u0300",
    "á": "\u0302\u0301",
    "å": "\u0302\u0309",
    "ã": "\u0302\u0303",
    "ä": "\u0302\u0323",
    "ê": "\u0306",
    "è": "\u0306\u0300",
    "é": "\u0306\u0301",
    "ú": "\u0306\u0309",
    "ü": "\u0306\u0303",
    "ë": "\u0306\u0323",
}
_VNI_LETTERS = {"ô": "ơ", "ö": "ư", "ñ": "đ", "î": "ỵ", "æ": "ỉ", "ó": "ĩ", "ò": "ị"}
_VNI_LETTERS |= {letter.upper(): plain.upper() for letter, plain in _VNI_LETTERS.items()}
_VNI = re.compile(
    "([aeouyAEOUYôöÔÖ])(["
    + "".join(_VNI_MARKS)
    + "".join(_VNI_MARKS).upper()
    + "])|(["
    + "".join(_VNI_LETTERS)
    + "])"
)

_VIETNAMESE = set("aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọ")
_VIETNAMESE |= set("ồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")
# The old fonts showed these bytes; a text that says it is Latin has letters of that range only.
_OLD_LETTERS = re.compile("[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192]")
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,30})", re.IGNORECASE)
# Encodings that old web pages name and that no table here is better at.
_KNOWN = {
    *(f"cp125{number}" for number in range(8)),
    *(f"iso8859-{number}" for number in (1, 2, 5, 9, 15)),
    *("koi8-r", "gbk", "gb2312", "gb18030", "big5", "shift_jis", "cp932", "euc_jp", "euc_kr"),
}
_WORD = re.compile(r"[^\s\d.,;:!?()\[\]\"'“”‘’…–—/-]+")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the encoding it was in.

    Args:
        text: NFC, line ends as LF.
        encoding: `utf-8`, `utf-16`, `windows-1258`, `tcvn3`, `vni` or `latin-1`.
        confident: False when it is a guess that a person should look at.
    """

    text: str
    encoding: str
    confident: bool


def decode(data: bytes) -> Decoded:
    """Return the text of `data`; never fails."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            text = data[len(mark) :].decode(name, errors="replace")
            return _decoded(text, name[:6].rstrip("-"), confident="\ufffd" not in text)
    if b"\0" in data[:SAMPLE_BYTES] and (wide := _utf_16_without_mark(data)) is not None:
        return _decoded(wide, "utf-16", confident=True)
    try:
        return _decoded(data.decode("utf-8"), "utf-8", confident=True)
    except UnicodeDecodeError:
        pass
    # A few broken letters, or a cut one, do not make a text old.
    text = data.decode("utf-8", errors="replace")
    broken, whole = text.count("\ufffd"), sum(letter > "\u00ff" for letter in text)
    if broken * 20 < whole - broken:
        return _decoded(text, "utf-8", confident=False)
    return _single_byte(data)


def read_text(path: Path, limit: int, spool: Spool) -> str:
    """Return the text of a file, and tell the librarian when its encoding was guessed.

    Raises:
        SourceError: It is larger than `limit` bytes.
    """
    if path.stat().st_size > limit:
        raise SourceError(f"is larger than {limit >> 20} MB", remedy="split the document")
    found = decode(path.read_bytes())
    text, fonts = repaired(found.text) if found.encoding == "utf-8" else (found.text, "")
    if fonts:
        spool.problem(path.name, f"was typed in {fonts} fonts; read as such", "look it over")
    elif not found.confident:
        reason = f"some of its letters could not be read surely; read as {found.encoding}"
        spool.problem(path.name, reason, "save it as UTF-8")
    elif not found.encoding.startswith("utf"):
        spool.problem(path.name, f"is written in {found.encoding}; read as such")
    return text


def repaired(text: str) -> tuple[str, str]:
    """Return `text`, typed in an old font but kept as Unicode, as Vietnamese; and the font's name.

    Offices converted their files but not their fonts, so `Céng hoµ` stands for `Cộng hoà`. Returns
    the text as it is and "" when it is nothing of the kind.
    """
    if vietnamese_share(text[:SAMPLE_BYTES]) > 0.3:
        return text, ""
    sample = text[:SAMPLE_BYTES]
    if len(_OLD_LETTERS.findall(sample)) < 20:
        return text, ""
    for name, read in (("TCVN3", _tcvn3_letters), ("VNI", _vni_letters)):
        if vietnamese_share(read(sample)) > 0.8:
            return normalize(read(text)), name
    return text, ""


def _decoded(text: str, encoding: str, *, confident: bool) -> Decoded:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return Decoded(normalize(lines), encoding, confident)


def _utf_16_without_mark(data: bytes) -> str | None:
    """Return the text if every other byte of plain letters is zero."""
    sample = data[:SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 5 < len(sample):
        return None
    name = "utf-16-be" if even > odd else "utf-16-le"
    return data.decode(name, errors="replace")


def _single_byte(data: bytes) -> Decoded:
    readings: dict[str, Callable[[bytes], str]] = {
        "windows-1258": _windows_1258,
        "tcvn3": _tcvn3,
        "vni": _vni,
    }
    # Latin-1 keeps every byte; cut at a line so that no letter is torn.
    sample = data[:SAMPLE_BYTES].rsplit(b"\n", 1)[0] or data[:SAMPLE_BYTES]
    scores = {name: vietnamese_share(read(sample)) for name, read in readings.items()}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < 0.4:
        return _declared(data)
    return _decoded(readings[best](data), best, confident=scores[best] > 0.8)


def _declared(data: bytes) -> Decoded:
    """Return a text that is not Vietnamese in the encoding it names, else as Windows-1252."""
    named = _DECLARED.search(data[:2000])
    name = named[1].decode("ascii").lower() if named else ""
    try:
        is_text = not name.startswith("utf") and codecs.lookup(name).name in _KNOWN
        text = data.decode(name) if is_text else ""
    except (LookupError, ValueError):
        text = ""
    if text:
        return _decoded(text, name, confident=True)
    return _decoded(data.decode("cp1252", errors="replace"), "latin-1", confident=False)


def vietnamese_share(text: str) -> float:
    """Return the share, 0 to 1, of Vietnamese syllables among the words beyond ASCII."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    if not words:
        return 0.0
    good = (set(word.lower()) <= _VIETNAMESE and is_syllable(word) for word in words)
    return sum(good) / len(words)


def _windows_1258(data: bytes) -> str:
    return unicodedata.normalize("NFC", data.decode("cp1258", errors="replace"))


def _tcvn3(data: bytes) -> str:
    return _tcvn3_letters(data.decode("latin-1"))


def _tcvn3_letters(text: str) -> str:
    return text.translate(TCVN3)


def _vni(data: bytes) -> str:
    return _vni_letters(data.decode("cp1252", errors="replace"))


def _vni_letters(text: str) -> str:
    return unicodedata.normalize("NFC", _VNI.sub(_vni_letter, text))


def _vni_letter(found: re.Match[str]) -> str:
    if found[3]:
        return _VNI_LETTERS[found[3]]
    letter = _VNI_LETTERS.get(found[1], found[1])
    return unicodedata.normalize("NFC", letter + _VNI_MARKS[found[2].lower()])
