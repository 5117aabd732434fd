"""The stretch of a text that shows best why it was found, its words marked as they are spelt."""

from itertools import pairwise

from content.search.analysis import WORD, folded_words
from content.search.query import Words
from content.vietnamese import normalize

MARK_START = "\x02"
MARK_END = "\x03"
WINDOW_WORDS = 28
LEAD_WORDS = 6
# A text longer than any page is looked through no further.
MAX_LETTERS = 40_000


def snippet(text: str, readings: tuple[Words, ...]) -> str:
    """Return up to `WINDOW_WORDS` words around the densest place, found words between marks."""
    text = normalize(text[:MAX_LETTERS])
    if MARK_START in text or MARK_END in text:
        text = text.replace(MARK_START, "").replace(MARK_END, "")
    # Parted at spaces first, which is quick; only the window is looked at sign by sign.
    rough = text.split()
    first, last = _window(folded_words(rough), readings)
    window = " ".join(rough[first:last])
    lowered = _lowered(window)
    spans = [one.span() for one in WORD.finditer(lowered)]
    if not spans:
        return ""
    plain = folded_words(lowered[start:end] for start, end in spans)
    begin, end = _window(plain, readings)
    marked = _marked(window, spans[begin:end], set(found_places(plain[begin:end], readings)))
    lead = "… " if first + begin > 0 else ""
    trail = " …" if last < len(rough) or end < len(spans) else ""
    return lead + marked + trail


def _window(plain: list[str], readings: tuple[Words, ...]) -> tuple[int, int]:
    """Return where the words to show begin and end."""
    if len(plain) <= WINDOW_WORDS:
        return 0, len(plain)
    densest = _densest(found_places(plain, readings))
    last = min(len(plain), max(0, densest - LEAD_WORDS) + WINDOW_WORDS)
    return max(0, last - WINDOW_WORDS), last


def _lowered(text: str) -> str:
    """Return `text` in lower case, a letter for a letter: words stand at the same places."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    return lowered


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


def _densest(hits: dict[int, int]) -> int:
    """Return the place of the found word at which the window that says most begins."""
    places = sorted(hits)
    best = top = total = first = 0
    for place in places:
        total += hits[place]
        while places[first] <= place - WINDOW_WORDS:
            total -= hits[places[first]]
            first += 1
        if total > top:
            top, best = total, places[first]
    return best


def _marked(text: str, spans: list[tuple[int, int]], hits: set[int]) -> str:
    out = []
    at = spans[0][0]
    for place, (start, end) in enumerate(spans):
        out.append(text[at:start])
        out.append(f"{MARK_START}{text[start:end]}{MARK_END}" if place in hits else text[start:end])
        at = end
    return " ".join("".join(out).split()).replace(f"{MARK_END} {MARK_START}", " ")
