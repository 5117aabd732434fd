"""The stretch of a text that shows best why it was found, its words marked as they are spelt."""

from content.search.analysis import Words, spans

MARK_START = "\x02"
MARK_END = "\x03"
WINDOW_WORDS = 28
LEAD_WORDS = 6


def snippet(text: str, words: Words) -> str:
    """Return up to `WINDOW_WORDS` words around the densest place, found words between marks."""
    wanted = set(words.plain)
    neighbours = set(zip(words.plain, words.plain[1:], strict=False))
    found = list(spans(text))
    if not found:
        return ""
    best = _best(found, wanted, neighbours)
    first = max(0, best - LEAD_WORDS)
    last = min(len(found), first + WINDOW_WORDS)
    first = max(0, last - WINDOW_WORDS)
    return _marked(text, found, range(first, last), wanted, words)


def _best(
    found: list[tuple[int, int, str]], wanted: set[str], neighbours: set[tuple[str, str]]
) -> int:
    """Return the number of the word where the densest window begins."""
    score = []
    before = ""
    for _, _, plain in found:
        hit = plain in wanted
        score.append(4 if hit and (before, plain) in neighbours else int(hit))
        before = plain
    best = total = top = 0
    for place, one in enumerate(score):
        total += one
        if place >= WINDOW_WORDS:
            total -= score[place - WINDOW_WORDS]
        if total > top:
            top, best = total, place - WINDOW_WORDS + 1
    start = max(0, best)
    return next((place for place in range(start, len(score)) if score[place]), start)


def _marked(
    text: str,
    found: list[tuple[int, int, str]],
    window: range,
    wanted: set[str],
    words: Words,
) -> str:
    """Return the window as text; a lone common syllable is marked only when the query is one."""
    out = []
    place = found[window.start][0]
    for number in window:
        start, end, plain = found[number]
        hit = plain in wanted and (len(words.plain) == 1 or _has_company(found, number, wanted))
        out.append(text[place:start])
        out.append(f"{MARK_START}{text[start:end]}{MARK_END}" if hit else text[start:end])
        place = end
    joined = "".join(out).replace("\n", " ").replace(f"{MARK_END} {MARK_START}", " ")
    lead = "… " if window.start > 0 else ""
    trail = " …" if window.stop < len(found) else ""
    return lead + joined.strip() + trail


def _has_company(found: list[tuple[int, int, str]], number: int, wanted: set[str]) -> bool:
    around = found[max(0, number - 1) : number] + found[number + 1 : number + 2]
    return any(plain in wanted for _, _, plain in around)
