"""What comes first: scores of an engine made to say how well a work is what was asked for.

Engines find by folded words and weigh how often they stand; here it counts how much of what was
asked stands together, whether in the accents that were typed, in the title, in order, and what
the point favours. Pure functions of values.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from content.search.analysis import exact_words, folded, line, tokens, words_of
from content.search.engine import Hit, PartText, WorkText
from content.search.lines import TextLine
from content.search.query import Words

# A thick book must not win by thickness: the best place counts whole, the next ones hardly.
NEXT_PLACES, NEXT_SHARE = 3, 0.03
WHOLE_TITLE = 3.0
TITLE_BEGINS = 1.0
IN_TITLE = 0.5
# Accents that were typed are meant; accents that were not are forgiven.
EXACT_TITLE = 2.5
# An engine's score of a text is for words alone; what stands together in it counts so much more.
TOGETHER = 7 / 3
EXACT_TEXT = 8 / 3
IN_HEADING = 5 / 3


@dataclass(slots=True)
class Ranked:
    """A work on its way to a place in the list.

    Args:
        score: Of the record, so far.
        hits: Of its parts, best first.
        best: The score of the best places inside.
        why: What made its score.
    """

    work: int
    score: float = 0.0
    hit: Hit | None = None
    hits: Sequence[Hit] = ()
    best: float = 0.0
    why: tuple[str, ...] = ()

    def hold(self, hits: Sequence[Hit]) -> None:
        """Take the places inside, best first."""
        self.hits = hits
        self.best = hits[0].score
        if len(hits) > 1:
            self.best += NEXT_SHARE * sum([hit.score for hit in hits[1 : 1 + NEXT_PLACES]])

    @property
    def total(self) -> float:
        """Return what the work is sorted by."""
        return self.score + self.best


def gathered(works: Iterable[Hit], parts: Iterable[Hit]) -> list[Ranked]:
    """Return one entry per work, those of its parts grouped under it, in order of the total."""
    entries: dict[int, Ranked] = {}
    for hit in works:
        entries[hit.work] = Ranked(hit.work, hit.score, hit)
    inside: dict[int, list[Hit]] = defaultdict(list)
    for hit in parts:
        inside[hit.work].append(hit)
    for work, hits in inside.items():
        if (entry := entries.get(work)) is None:
            entry = entries[work] = Ranked(work)
        entry.hold(hits)
    return in_order(entries.values())


def in_order(entries: Iterable[Ranked]) -> list[Ranked]:
    """Return entries best first; equal ones by the number of the work."""
    return sorted(entries, key=lambda one: (-one.total, one.work))


def weigh_title(entry: Ranked, work: WorkText, readings: Sequence[Words]) -> None:
    """Raise the score of a work by how exactly its title says one of the readings."""
    title = words_of(work.title)
    plain = folded(title)
    boost, why = max(_title_boost(plain, words.plain) for words in readings)
    first = readings[0]
    if first.has_accents and _holds(exact_words(title), first.canon):
        boost += EXACT_TITLE
        why += ", accents as typed"
    entry.score *= boost
    entry.why += (f"title {boost:.2f}{why}",)


def weigh_favour(entry: Ranked, marks: Iterable[str], favour: Mapping[str, float]) -> None:
    """Raise the score of a work by what the point favours among its marks."""
    for one in marks:
        if gain := favour.get(one, 0.0):
            entry.score *= 1.0 + gain
            entry.best *= 1.0 + gain
            entry.why += (f"{one} +{gain:.0%}",)


def most_of_text(words: Words) -> float:
    """Return how many times its score a text counts that holds all of it together."""
    return 1.0 + TOGETHER + (EXACT_TEXT if words.has_accents else 0.0)


class Weighed(NamedTuple):
    """A part whose text was read.

    Args:
        is_together: Whether all of a reading stands together in it.
        is_whole: Whether it does so in the accents that were typed.
    """

    hit: Hit
    is_together: bool
    is_whole: bool


def weigh_text(hit: Hit, part: PartText, readings: Sequence[Words]) -> Weighed:
    """Return the hit of a part, its score by how much of a reading stands together in the text."""
    text = TextLine(f"{part.title} {part.text}")
    share = max(text.share(words) for words in readings)
    factor = 1.0 + TOGETHER * share * share
    first = readings[0]
    is_together = is_whole = share == 1.0
    if first.has_accents:
        exact = text.exact_share(first)
        factor += EXACT_TEXT * exact
        is_whole = exact == 1.0
    if any(_holds_phrase(part.title, words) for words in readings):
        factor += IN_HEADING
    return Weighed(hit._replace(score=hit.score * factor), is_together, is_whole)


def _title_boost(title: Sequence[str], words: Sequence[str]) -> tuple[float, str]:
    wanted = set(words)
    share = len(wanted.intersection(title)) / len(wanted)
    boost = 1.0 + share * share
    if tuple(title) == tuple(words):
        return boost + WHOLE_TITLE + TITLE_BEGINS + IN_TITLE, ", is the title"
    if " ".join(title).startswith(" ".join(words)):
        return boost + TITLE_BEGINS + IN_TITLE, ", begins the title"
    if _holds(title, words):
        return boost + IN_TITLE, ", stands in the title"
    return boost, f", {share:.0%} of the words in it"


def _holds_phrase(title: str, words: Words) -> bool:
    # Most titles of pages are shorter than what was asked.
    return len(title) + 2 >= len(words.phrase) and words.phrase in line(tokens(title))


def _holds(text: Sequence[str], phrase: Sequence[str]) -> bool:
    """Return whether `phrase` stands in `text`, word by word."""
    return line(phrase) in line(text)
