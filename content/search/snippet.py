"""The stretch of a text that shows best why it was found, its words marked as they are spelt."""

from itertools import pairwise

from content.search.analysis import WORD, folded_word
from content.search.query import Words
from content.vietnamese import normalize

MARK_START = "\x02"
MARK_END = "\x03"
WINDOW_WORDS = 28
LEAD_WORDS = 6
# A text longer than any page is looked through no further.
MAX_LETTERS = 40_000
_Span = tuple[int, int]


def snippet(text: str, readings: tuple[Words, ...]) -> str:
    """Return up to `WINDOW_WORDS` words around the densest place, found words between marks."""
    text = normalize(text[:MAX_LETTERS]).replace(MARK_START, "").replace(MARK_END, "")
    found = [one.span() for one in WORD.finditer(text)]
    if not found:
        return ""
    plain = [folded_word(text[start:end].lower()) for start, end in found]
    hits = found_places(plain, readings)
    best = _densest(hits, len(plain))
    first = max(0, best - LEAD_WORDS)
    last = min(len(found), first + WINDOW_WORDS)
    return _marked(text, found, range(max(0, last - WINDOW_WORDS), last), hits)


def found_places(plain: list[str], readings: tuple[Words, ...]) -> dict[int, int]:
    """Return the places of found words, with how much each says: a word, or one in company.

    A lone common syllable is found only when the query is one.
    """
    hits: dict[int, int] = {}
    for words in readings:
        wanted = set(words.plain)
        places = [place for place, word in enumerate(plain) if word in wanted]
        if len(words.plain) == 1:
            hits.update(dict.fromkeys(places, 1))
            continue
        neighbours = set(pairwise(words.plain))
        near = set(places)
        for place in places:
            if place + 1 in near:
                weight = 4 if (plain[place], plain[place + 1]) in neighbours else 1
                for one in (place, place + 1):
                    hits[one] = max(hits.get(one, 0), weight)
    return hits


def _densest(hits: dict[int, int], count: int) -> int:
    """Return the place of the found word at which the window that says most begins."""
    places = sorted(hits)
    best = top = total = 0
    first = 0
    for place in places:
        total += hits[place]
        while places[first] <= place - WINDOW_WORDS:
            total -= hits[places[first]]
            first += 1
        if total > top:
            top, best = total, places[first]
    return min(best, max(0, count - 1))


def _marked(text: str, found: list[_Span], window: range, hits: dict[int, int]) -> str:
    out = []
    at = found[window.start][0]
    for place in window:
        start, end = found[place]
        out.append(text[at:start])
        out.append(f"{MARK_START}{text[start:end]}{MARK_END}" if place in hits else text[start:end])
        at = end
    joined = " ".join("".join(out).split()).replace(f"{MARK_END} {MARK_START}", " ")
    lead = "… " if window.start > 0 else ""
    trail = " …" if window.stop < len(found) else ""
    return lead + joined + trail
