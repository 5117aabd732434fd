"""Search works and places inside them: one way for every engine.

An engine finds candidates by folded words and pairs. What is meant is understood (query.py),
typing errors are mended (repair.py), terms are asked for (asked.py), the best put first
(ranking.py) and shown where they stand (snippet.py).
Nothing here fails for what a reader types.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from time import monotonic

from content.search import asked, suggest
from content.search.analysis import mark
from content.search.engine import BUDGET_S, Hit, Index, PartText
from content.search.engines import open_index
from content.search.found import Found, FoundWork, Place, Suggestion
from content.search.query import Query, Words, understand
from content.search.ranking import (
    Ranked,
    gathered,
    in_order,
    most_of_text,
    weigh_favour,
    weigh_text,
    weigh_title,
)
from content.search.repair import mended
from content.search.snippet import snippet
from content.search.spelling import as_spelt
from content.search.synonyms import Synonyms, load_synonyms
from content.search.vocabulary import Vocabulary

PLACES_SHOWN = 3
TITLES_WEIGHED = 30
# When one of so many holds all that was asked, the others hold less. A word or two stand in many
# texts in other accents: all are looked through until enough hold them as they were typed.
TEXTS_WEIGHED, TEXTS_ENOUGH, WHOLE_ENOUGH = 16, 3, 6
SHORT = 2
LANGUAGE_GAIN = 0.05
MAX_ENDINGS = 12
MAX_PLACES = 1_000
FREQUENCIES_KEPT = 8_192
Choice = Callable[[Sequence[int]], Iterable[int]]


class Searcher:
    """The index of one generation; for one thread at a time.

    Args:
        synonyms: Other words for the same.
        favour: Marks (`analysis.mark`) whose works come somewhat earlier, with the gain: 0.2 is
            a fifth. So local history comes first where two are as good.
    """

    def __init__(
        self, index: Index, synonyms: Synonyms, favour: Mapping[str, float] | None = None
    ) -> None:
        self._index = index
        self._synonyms = synonyms
        self._favour = dict(favour or {})
        # Asked again for each word of each query, and an index never changes.
        in_field = lru_cache(FREQUENCIES_KEPT)(index.frequency)
        self._vocabulary = Vocabulary(in_field, lambda: index.size()[1])
        self._parts: dict[tuple[int, int, int], PartText] = {}

    def search(  # noqa: PLR0913 -- all of them by name
        self,
        words: str,
        *,
        filters: Mapping[str, str] | None = None,
        prefer_language: str = "vi",
        window: range | Choice = range(20),
        explain: bool = False,
        budget_s: float = BUDGET_S,
    ) -> Found:
        """Return what fits `words`, best first; what was found until the budget was spent.

        Args:
            filters: Name and value of marks that works must have, `{"form": "ebook"}`.
            prefer_language: Works in it come somewhat earlier.
            window: Places in the order of results that get snippets and places inside; or a
                function that is given the works found, best first, and returns those that do.
            explain: Tell for each work in the window what made its score.
        """
        deadline = monotonic() + budget_s
        self._parts.clear()
        query = self._understand(words, deadline)
        if not query.words.plain:
            return Found()
        marks = tuple(mark(name, value) for name, value in (filters or {}).items())
        parts = self._index.find(asked.parts(query, self._vocabulary, marks, deadline))
        weighed, is_together = self._weighed_parts(parts.hits, query, deadline)
        works = self._index.find(
            asked.works(query, self._vocabulary, marks, deadline, by_pairs=is_together)
        )
        favour = {mark("language", prefer_language): LANGUAGE_GAIN, **self._favour}
        hits = _one_a_part(weighed)
        entries = self._weighed_works(gathered(works.hits, hits), query, favour)
        ranked = [one.work for one in entries]
        chosen = set(
            ranked[window.start : window.stop] if isinstance(window, range) else window(ranked)
        )
        shown = [
            self._shown(one, query, is_detailed=one.work in chosen, explain=explain)
            for one in entries
        ]
        changed = " ".join(query.words.exact) if query.is_changed else ""
        spelt = self._spelt(entries, query) if query.is_changed else ""
        is_late = monotonic() > deadline
        return Found(
            tuple(shown),
            len(shown),
            works.partial or parts.partial or is_late,
            understood=changed,
            did_you_mean=spelt,
        )

    def find_in(self, work: int, words: str, limit: int = MAX_PLACES) -> tuple[Place, ...]:
        """Return the places of one work that hold the words, in the order of the work."""
        self._parts.clear()
        query = self._understand(words, monotonic() + BUDGET_S)
        if not query.words.plain:
            return ()
        hits = self._index.find(asked.inside(work, query, min(limit, MAX_PLACES))).hits
        ordered = sorted(_one_a_part(hits), key=lambda hit: hit.number)
        return tuple(self._place(hit, query) for hit in ordered)

    def suggest(self, words: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Return works, people, subjects, places and titles inside that begin like `words`."""
        return suggest.beginning_with(self._index, words, limit)

    def near(self, words: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Return what to try when nothing was found: near spellings, then subjects and works."""
        return suggest.near(self._index, self._vocabulary, words, limit)

    def size(self) -> tuple[int, int]:
        """Return how many works and how many parts are indexed."""
        return self._index.size()

    def close(self) -> None:
        """Let the index go."""
        self._index.close()

    def _understand(self, text: str, deadline: float) -> Query:
        query = understand(
            text,
            is_known=lambda word: bool(self._vocabulary.frequency(word)),
            synonyms=self._synonyms,
        )
        if not query.words.plain:
            return query
        query = replace(query, endings=self._endings(query.words))
        ways = mended(query.words, self._vocabulary, deadline, goes_on=bool(query.endings))
        if not ways:
            return query
        return replace(query, words=ways[0], others=(*ways[1:], *query.others), is_changed=True)

    def _endings(self, words: Words) -> tuple[tuple[str, str], ...]:
        """Return how the last word may go on in titles, beside the word before it."""
        last = words.pairs[-1] if words.pairs else words.plain[-1]
        if len(last) < 2:
            return ()
        return tuple(
            (name, term)
            for name in ("title", "heading")
            for term, _ in self._index.terms(name, last, MAX_ENDINGS)
            if ("_" in term) == ("_" in last) and term != last
        )

    def _weighed_parts(
        self, hits: tuple[Hit, ...], query: Query, deadline: float
    ) -> tuple[list[Hit], bool]:
        """Return the hits, the best ones ranked anew by what stands together in their texts.

        Returns also whether all of the query stands together in one of them.
        """
        is_short = len(query.words.plain) <= SHORT
        enough = (WHOLE_ENOUGH, WHOLE_ENOUGH) if is_short else (1, TEXTS_ENOUGH)
        most = most_of_text(query.words)
        weighed: list[Hit] = []
        best = 0.0
        whole = together = 0
        for hit in hits if is_short else hits[:TEXTS_WEIGHED]:
            if monotonic() > deadline:
                return list(hits), False
            if len(weighed) >= enough[1] and (
                whole >= enough[0] or (not is_short and hit.score * most < best)
            ):
                break
            raised, is_together, is_whole = weigh_text(hit, self._part(hit), query.readings)
            weighed.append(raised)
            best = max(best, raised.score)
            together += is_together
            whole += is_whole
        rest = hits[len(weighed) :]
        # Reading only raises, so what was read stays before the rest.
        weighed.sort(key=lambda hit: (-hit.score, hit.work, hit.number))
        return [*weighed, *rest], together > 0

    def _weighed_works(
        self, entries: list[Ranked], query: Query, favour: Mapping[str, float]
    ) -> list[Ranked]:
        for entry in entries[:TITLES_WEIGHED]:
            if entry.hit is not None:
                work = self._index.work(entry.hit)
                weigh_title(entry, work, query.readings)
                weigh_favour(entry, work.marks, favour)
            elif part := self._parts.get(entry.hits[0][1:4]):
                weigh_favour(entry, part.marks, favour)
        return in_order(entries)[: asked.MAX_WORKS]

    def _shown(self, entry: Ranked, query: Query, *, is_detailed: bool, explain: bool) -> FoundWork:
        if not is_detailed:
            return FoundWork(entry.work, entry.total, place_count=len(entry.hits))
        places = tuple(self._place(hit, query) for hit in entry.hits[:PLACES_SHOWN])
        text = places[0].snippet if places else ""
        if not text and entry.hit is not None:
            text = snippet(self._index.work(entry.hit).body, query.readings)
        why = (*entry.why, f"record {entry.score:.2f}, places {entry.best:.2f}") if explain else ()
        return FoundWork(entry.work, entry.total, text, places, len(entry.hits), why)

    def _place(self, hit: Hit, query: Query) -> Place:
        part = self._part(hit)
        return Place(part.number, part.title, part.path, snippet(part.text, query.readings))

    def _part(self, hit: Hit) -> PartText:
        """Return a part, unpacked once a query for ranking and showing."""
        key = hit[1:4]
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = self._index.part(hit)
        return part

    def _spelt(self, entries: list[Ranked], query: Query) -> str:
        return as_spelt(query.words, self._best_texts(entries[:3]))

    def _best_texts(self, entries: list[Ranked]) -> Iterator[str]:
        for entry in entries:
            if entry.hit is not None:
                work = self._index.work(entry.hit)
                yield from (work.title, *work.names, *work.subjects, *work.places)
            if entry.hits:
                part = self._part(entry.hits[0])
                yield from (part.title, part.text)


def open_searcher(
    folder: Path, synonyms: Synonyms | None = None, favour: Mapping[str, float] | None = None
) -> Searcher:
    """Open the index in `folder`, whichever engine owns it.

    Args:
        synonyms: Those of the package when None.

    Raises:
        SearchError: The index is missing, damaged or old.
    """
    return Searcher(open_index(folder), synonyms or load_synonyms(), favour)


def _one_a_part(hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits without those of a part whose better piece came before."""
    best: dict[tuple[int, int], Hit] = {}
    for hit in hits:
        best.setdefault((hit.work, hit.number), hit)
    return list(best.values())
