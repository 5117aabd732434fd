"""What an engine is asked for a query: which terms in which fields, and at what weight. Pure.

What stands nowhere is not asked for: an engine would look for it in each field and segment. Most
pairs of a page stand in no record.
"""

from collections.abc import Iterable, Mapping
from math import log1p

from content.search.analysis import exact_term, work_mark
from content.search.engine import PART_FIELDS, WORK_FIELDS, Term, Wanted
from content.search.query import Query
from content.search.vocabulary import Vocabulary

# What ranks lower nobody reads.
MAX_WORKS = 200
MAX_PARTS = 100
# Of a query of so many words a lone one says little.
MANY = 4
# Other ways to say it count a little less.
OTHER_WEIGHT = 0.7
PAIR_WEIGHT = 2.0
EXACT_WEIGHT = 0.5
ENDING_WEIGHT = 0.7
# What scores less than this share of the best of its kind holds common words only.
LEAST_SHARE = 0.3
# The commonest terms are most of an engine's work and say least. A text that holds only those left
# out would not score `LEAST_SHARE`; one that holds them as well is read for them (ranking.py).
LEFT_OUT = 0.1
_Weights = dict[tuple[str, str], float]


def works(
    query: Query,
    vocabulary: Vocabulary,
    marks: tuple[str, ...],
    deadline: float,
    *,
    by_pairs: bool = False,
) -> Wanted:
    """Return what finds works: words and pairs of their records, marked words exactly.

    Args:
        by_pairs: By pairs only, if some stand in a record. A text holds all of the query, so
            records that hold a lone word of it are not what is looked for.
    """
    weights: _Weights = {}
    by_pairs = by_pairs and len(query.words.plain) >= MANY
    for number, words in enumerate(query.readings):
        weight = OTHER_WEIGHT if number else 1.0
        pairs = [pair for pair in words.pairs if vocabulary.in_field("about", pair)]
        lone = () if by_pairs and pairs else words.plain
        for name in WORK_FIELDS:
            if name != "about" or not words.pairs:
                for word in lone:
                    if vocabulary.in_field(name, word):
                        weights.setdefault((name, word), weight)
            for pair in pairs:
                weights.setdefault((name, pair), weight * PAIR_WEIGHT)
    marked = () if by_pairs else filter(None, map(exact_term, query.words.exact))
    for word in marked:
        for name in ("title", "names"):
            if vocabulary.in_field(name, word):
                weights.setdefault((name, word), EXACT_WEIGHT)
    weights |= _endings(WORK_FIELDS, query)
    return Wanted(
        _terms(weights), marks=marks, limit=MAX_WORKS, least_share=LEAST_SHARE, deadline=deadline
    )


def parts(query: Query, vocabulary: Vocabulary, marks: tuple[str, ...], deadline: float) -> Wanted:
    """Return what finds parts: pairs of their texts, or the word if the query is one."""
    weights: _Weights = {}
    for number, words in enumerate(query.readings):
        weight = OTHER_WEIGHT if number else 1.0
        terms = _telling(words.pairs or words.plain, vocabulary)
        for name in PART_FIELDS:
            for term in terms:
                weights.setdefault((name, term), weight)
    weights |= _endings(PART_FIELDS, query)
    return Wanted(
        _terms(weights), marks=marks, limit=MAX_PARTS, least_share=LEAST_SHARE, deadline=deadline
    )


def inside(work: int, query: Query, limit: int) -> Wanted:
    """Return what finds the parts of one work with most of the words in their texts."""
    terms = tuple(Term("text", one) for one in query.words.pairs or query.words.plain)
    two_thirds = -(-len(terms) * 2 // 3)
    return Wanted(terms, at_least=two_thirds, marks=(work_mark(work),), limit=limit)


def _telling(terms: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    """Return the terms that stand in texts, without the commonest, which together say little."""
    counts = {term: vocabulary.in_field("text", term) for term in terms}
    says = {term: log1p(vocabulary.texts / count) for term, count in counts.items() if count}
    left = LEFT_OUT * sum(says.values())
    for term in sorted(says, key=says.__getitem__):
        left -= says[term]
        if left < 0.0:
            break
        del says[term]
    return list(says)


def _endings(names: tuple[str, ...], query: Query) -> _Weights:
    return {ending: ENDING_WEIGHT for ending in query.endings if ending[0] in names}


def _terms(weights: Mapping[tuple[str, str], float]) -> tuple[Term, ...]:
    return tuple(Term(name, text, weight) for (name, text), weight in weights.items())
