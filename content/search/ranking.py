"""What comes first: scores of an engine made to say how well a work is what was asked for.

Engines find by folded words and weigh how often they stand; here it counts how much of what was
asked stands together, whether in the accents that were typed, in the title, in order, and what
the point favours. Pure functions of values.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from content.search.analysis import exact_words, folded, folded_words, line, tokens, words_of
from content.search.engine import Hit, PartText, WorkText
from content.search.query import Words

# A thick book must not win by thickness: the best place counts whole, the next ones hardly.
NEXT_PLACES, NEXT_SHARE = 3, 0.03
WHOLE_TITLE = 3.0
TITLE_BEGINS = 1.0
IN_TITLE = 0.5
# Accents that were typed are meant; accents that were not are forgiven.
EXACT_TITLE = 2.5
EXACT_TEXT = 0.8
IN_HEADING = 0.5
# A text that holds none of the pairs keeps this share of its score.
LEAST_OF_TEXT = 0.3


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
    hits: list[Hit] = field(default_factory=list)
    best: float = 0.0
    why: list[str] = field(default_factory=list)

    def hold(self, hits: list[Hit]) -> None:
        """Take the places inside, best first."""
        self.hits = hits
        following = sum(hit.score for hit in hits[1 : 1 + NEXT_PLACES])
        self.best = hits[0].score + NEXT_SHARE * following

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
        entries.setdefault(work, Ranked(work)).hold(hits)
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
    entry.why.append(f"title {boost:.2f}{why}")


def weigh_favour(entry: Ranked, marks: Iterable[str], favour: Mapping[str, float]) -> None:
    """Raise the score of a work by what the point favours among its marks."""
    for one in marks:
        if gain := favour.get(one, 0.0):
            entry.score *= 1.0 + gain
            entry.best *= 1.0 + gain
            entry.why.append(f"{one} +{gain:.0%}")


def weigh_text(hit: Hit, part: PartText, readings: Sequence[Words]) -> tuple[Hit, bool]:
    """Return the hit of a part, its score by how much of a reading stands together in the text.

    Returns also whether all of it does, in the accents that were typed.
    """
    # Parted at spaces only, which is quicker; `a-b` is no word then, and counts a little less.
    text = f"{part.title} {part.text}".lower().split()
    plain = line(folded_words(text))
    share = max(_share_in(plain, words.together) for words in readings)
    factor = LEAST_OF_TEXT + (1.0 - LEAST_OF_TEXT) * share * share
    first = readings[0]
    is_whole = share == 1.0
    if first.has_accents:
        exact = _share_in(line(exact_words(text)), first.canon_together)
        factor += EXACT_TEXT * exact
        is_whole = exact == 1.0
    heading = tokens(part.title)
    if any(_holds(heading, words.plain) for words in readings):
        factor += IN_HEADING
    return hit._replace(score=hit.score * factor), is_whole


def _share_in(text: str, wanted: Collection[str]) -> float:
    """Return the share, 0 to 1, of what is wanted that stands in the text."""
    return sum(one in text for one in wanted) / len(wanted)


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


def _holds(text: Sequence[str], phrase: Sequence[str]) -> bool:
    """Return whether `phrase` stands in `text`, word by word."""
    return line(phrase) in line(text)
