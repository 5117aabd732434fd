"""Numbers in digits and in words: `36 phố phường`, `ba mươi sáu`, `ba sáu` and `băm sáu` agree.

Works on folded words. A lone number word, and a lone digit, is left alone: folded, `ba` is father
and three, `nam` is year, south and five.
"""

from collections.abc import Sequence

_UNITS = "khong mot hai ba bon nam sau bay tam chin".split()
_SAID = {word: digit for digit, word in enumerate(_UNITS)}
# After tens: hai mươi mốt, hai mươi tư, hai mươi lăm; nhăm and bẩy are said, too.
_SAID_LAST = {**_SAID, "tu": 4, "lam": 5, "nham": 5}
_TENS = {"muoi": 1, "bam": 3}
_FIRST = {*_SAID, *_TENS}
_LARGEST = 9_999


def other_numerals(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return `words` with their numbers said otherwise; nothing when they hold none."""
    found = []
    place = 0
    while place < len(words):
        value, length = _number_at(words, place)
        if length:
            before, after = words[:place], words[place + length :]
            ways = ways_to_say(value) if value > 9 else []
            found += [(*before, *said, *after) for said in ways]
            place += length
        else:
            place += 1
    return [one for one in dict.fromkeys(found) if one != tuple(words)]


def ways_to_say(value: int) -> list[tuple[str, ...]]:
    """Return a number from 0 to 9,999 as digits and as folded words, the usual way first."""
    ways = [(str(value),), tuple(_in_words(value))]
    tens, unit = divmod(value, 10)
    if 2 <= tens <= 9 and unit:
        last = {4: "tu", 5: "lam"}.get(unit, _UNITS[unit])
        ways += [(_UNITS[tens], _UNITS[unit]), (_UNITS[tens], last), (_UNITS[tens], "muoi", last)]
        if tens == 3:
            ways.append(("bam", last))
    return list(dict.fromkeys(ways))


def _in_words(value: int) -> list[str]:
    thousands, rest = divmod(value, 1000)
    hundreds, rest = divmod(rest, 100)
    tens, unit = divmod(rest, 10)
    words = [_UNITS[thousands], "nghin"] if thousands else []
    if hundreds or (thousands and rest):
        words += [_UNITS[hundreds], "tram"]
    if tens:
        words += ["muoi"] if tens == 1 else [_UNITS[tens], "muoi"]
    elif unit and words:
        words.append("le")
    if unit or not words:
        words.append("lam" if unit == 5 and tens else _UNITS[unit])
    return words


def _number_at(words: Sequence[str], place: int) -> tuple[int, int]:
    """Return the number that begins at `place` and how many words say it; 0 words for none."""
    first = words[place]
    if first.isascii() and first.isdigit() and len(first) <= 4:
        return (int(first), 1) if int(first) <= _LARGEST else (0, 0)
    if first not in _FIRST:
        return 0, 0
    for length in (7, 6, 5, 4, 3, 2):
        said = tuple(words[place : place + length])
        if len(said) == length and (value := _said(said)) is not None:
            return value, length
    return 0, 0


def _said(words: tuple[str, ...]) -> int | None:
    """Return the number that exactly these words say, or None."""
    if len(words) == 2 and words[0] in _SAID and words[1] in _SAID_LAST and words[0] != "khong":
        return _SAID[words[0]] * 10 + _SAID_LAST[words[1]]  # ba sáu
    total = 0
    rest = words
    for names, size in ((("nghin", "ngan"), 1000), (("tram",), 100)):
        if len(rest) >= 2 and rest[0] in _SAID and rest[1] in names:
            total += _SAID[rest[0]] * size
            rest = rest[2:]
    below = _below_hundred(rest, has_more=rest != words)
    return None if below is None else total + below


def _below_hundred(words: tuple[str, ...], *, has_more: bool) -> int | None:
    if not words:
        return 0
    if has_more and len(words) == 2 and words[0] in ("le", "linh"):
        return _SAID_LAST.get(words[1])
    tens = 0
    if words[0] in _TENS:
        tens, words = _TENS[words[0]], words[1:]
    elif len(words) >= 2 and words[0] in _SAID and words[1] == "muoi":
        tens, words = _SAID[words[0]], words[2:]
    if not tens or len(words) > 1:
        return None
    if not words:
        return tens * 10
    unit = _SAID_LAST.get(words[0])
    return None if unit is None else tens * 10 + unit
