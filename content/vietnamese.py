"""Vietnamese words as values: normal form, folding, exact form, syllables, sort keys; no I/O.

Stored text is NFC (`normalize`); compared text is folded (`fold`: no marks, đ is d, lower case);
what must agree in accents is compared by `canon`; lists are sorted by `sort_key`. Unicode alone
does none of the last three: đ has no decomposition, `hoà` and `hòa` are two spellings of one
syllable, and code point order puts Đ after Z and tones by accident.
"""

import re
import unicodedata
from functools import lru_cache

_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
# TCVN 6909 alphabet: ă and â after a, đ after d, ê after e, ô and ơ after o, ư after u.
_ALPHABET = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
# The exact form writes marks as letters (as Telex does) and tones as digits (as VNI does).
_MARKS = {"\u0302": "", "\u0306": "w", "\u031b": "w"}
_DIGITS = {"\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
VOWELS = frozenset("aeiouyâăêôơư")
_MARKED = frozenset("âăêôơư")
# `qu` and `gi` before a vowel are consonants: quý, già.
_ONSET = re.compile(r"(?:qu|gi(?=[aeiouyâăêôơư])|[^aeiouyâăêôơư])*")
_SPACES = re.compile(r"\s+")

_ONSETS = "ngh ng nh gh gi ch th tr ph kh qu b c d g h k l m n p r s t v x".split()
_CODAS = ["ch", "ng", "nh", "c", "m", "n", "p", "t", ""]
_NUCLEI = set(
    "a ai ao au ay e eo eu i ia ie ieu iu o oa oai oao oay oe oeo oi oo u ua uai uay ue ui uo uoi "
    "uou uu uy uya uye uyu y ye yeu".split()
)


def normalize(text: str) -> str:
    """Return `text` in NFC, the only form in which text is stored."""
    return unicodedata.normalize("NFC", text)


def without_marks(text: str) -> str:
    """Return `text` as it is written where there are no accents: marks off, đ as d."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)


def fold(text: str) -> str:
    """Return `text` for comparing: lower case, marks off, đ as d, spaces single."""
    return _SPACES.sub(" ", without_marks(text.lower())).strip()


def canon(word: str) -> str:
    """Return the exact form of one word: `hoà` and `hòa` are `hoa2`, `điện` is `ddieen5`.

    It is ASCII for Vietnamese: a circumflex doubles its letter, breve and horn are `w`, đ is `dd`,
    the tone is a digit at the end. So it knows neither where a tone was put nor which normal form
    the text was in. A word without marks is its own exact form; other letters stay as they are.
    """
    if word.isascii():
        return word.lower()
    letters: list[str] = []
    tones: list[str] = []
    for letter in unicodedata.normalize("NFD", word.lower().replace("đ", "dd")):
        if letter in _DIGITS:
            tones.append(_DIGITS[letter])
        elif letter in _MARKS and letters:
            letters.append(_MARKS[letter] or letters[-1])
        else:
            letters.append(letter)
    return unicodedata.normalize("NFC", "".join(letters) + "".join(tones))


def parted(syllable: str) -> tuple[str, str]:
    """Return a syllable without its tone (NFC), and the tone as a combining letter or ""."""
    letters = unicodedata.normalize("NFD", syllable)
    tone = next((letter for letter in letters if letter in _TONES), "")
    return unicodedata.normalize("NFC", letters.replace(tone, "") if tone else letters), tone


def with_tone(bare: str, tone: str, *, is_old: bool = True) -> str:
    """Return a lower-case syllable without tone with `tone` (a combining letter, or "") put on it.

    Args:
        is_old: `hòa`, as most people write; else `hoà`, as schools teach.
    """
    onset = _ONSET.match(bare)
    start = onset.end() if onset else 0
    vowels = [place for place in range(start, len(bare)) if bare[place] in VOWELS]
    if not vowels or not tone:
        return bare
    marked = [place for place in vowels if bare[place] in _MARKED]
    if marked:
        at = marked[-1]
    elif vowels[-1] < len(bare) - 1 or len(vowels) == 1:
        at = vowels[-1]
    elif len(vowels) == 3:
        at = vowels[1]
    else:
        has_two_ways = bare[vowels[0] :] in {"oa", "oe", "uy"}
        at = vowels[1] if has_two_ways and not is_old else vowels[0]
    return unicodedata.normalize("NFC", bare[: at + 1] + tone + bare[at + 1 :])


def sort_key(text: str) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """Return a key that sorts as a Vietnamese dictionary: letters first, then tones.

    Letters follow the Vietnamese alphabet, tones the order ngang, huyền, hỏi, ngã, sắc, nặng;
    digits come before letters, other signs before digits.
    """
    places: list[int] = []
    tones: list[int] = []
    for letter in unicodedata.normalize("NFD", normalize(text).lower()):
        if letter in _TONES:
            if tones:
                tones[-1] = _TONES[letter]
        elif unicodedata.combining(letter):
            if places:
                places[-1] = _with_mark(places[-1], letter)
        else:
            places.append(_place(letter))
            tones.append(0)
    return tuple(places), tuple(tones), text


def _place(letter: str) -> int:
    if letter in _ALPHABET:
        return 2000 + _ALPHABET[letter]
    if letter.isdigit():
        return 1000 + int(unicodedata.digit(letter, 0))
    return ord(letter) if ord(letter) < 1000 else 3000 + ord(letter)


def _with_mark(place: int, mark: str) -> int:
    """Return the place of a base letter after its circumflex, breve or horn."""
    base = place - 2000
    letters = list(_ALPHABET)
    if not 0 <= base < len(letters):
        return place
    composed = unicodedata.normalize("NFC", letters[base] + mark)
    return 2000 + _ALPHABET[composed] if composed in _ALPHABET else place


@lru_cache(maxsize=65_536)
def is_syllable(word: str) -> bool:
    """Return whether `word` can be one Vietnamese syllable, with or without its accents."""
    letters = unicodedata.normalize("NFD", word.lower())
    tones = [letter for letter in letters if letter in _TONES]
    if len(tones) > 1:
        return False
    bare = fold(word)
    if not bare.isascii() or not bare.isalpha() or not 1 <= len(bare) <= 7:
        return False
    return any(_fits(bare, onset) for onset in (*_ONSETS, ""))


def _fits(bare: str, onset: str) -> bool:
    if not bare.startswith(onset):
        return False
    rest = bare[len(onset) :]
    if onset == "gi" and rest in {"", "n", "m", "ng", "nh", "p", "t", "c", "ch"}:
        return True
    return any(rest.endswith(coda) and rest[: len(rest) - len(coda)] in _NUCLEI for coda in _CODAS)


def sort_bytes(text: str) -> bytes:
    """Return `sort_key` as bytes that compare the same, for a database column."""
    places, tones, _ = sort_key(text)
    letters = b"".join(min(place, 0xFFFF).to_bytes(2, "big") for place in places)
    return letters + b"\0\0" + bytes(tones)


def spellings_of_d(words: str, most: int = 8) -> tuple[str, ...]:
    """Return `words` as typed, then with đ for d where a word without accents begins with d.

    Other engines keep đ apart from d. Accents that were typed are meant, so such words stay.
    """
    parts = words.split()
    open_places = [
        place
        for place, part in enumerate(parts)
        if part.isascii() and part[:1] in ("d", "D") and len(part) > 1
    ][: most.bit_length() - 1]
    found = [" ".join(parts)]
    for chosen in range(2 ** len(open_places) - 1, 0, -1):
        spelt = list(parts)
        for bit, place in enumerate(open_places):
            if chosen >> bit & 1:
                spelt[place] = "đ" + parts[place][1:]
        found.append(" ".join(spelt))
    return tuple(found)
