"""One search over three layers: works, places inside them, and pages of archives of others.

Works and places come from our index, pages of archives of others from the index each brings; both
become one list (fusion.py). A page of an archive of others belongs to the record of that archive,
so filters ask that record, and facets count the page under it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from content.catalogue.records import Catalogue, Query
from content.catalogue.summary import Summary
from content.library.archive_search import ArchiveSearch, Candidate, Candidates, Inside
from content.library.fusion import Ranked, merged, title_share
from content.library.results import Hit, SearchPage
from content.search.analysis import tokens
from content.search.found import Found, FoundWork, Suggestion
from content.search.searcher import Searcher
from content.terms import Form
from content.vietnamese import fold

BUDGET_S = 1.5
# Archives of others may use so much of the time; our own index has the rest.
_OTHERS_SHARE = 0.6
SORTS = ("new", "title")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is searched for.

    Args:
        query: Filters; `sort` is "" for the best first, `new` or `title`.
        language: The reader's, whose works come somewhat earlier.
        explain: Whether each hit tells what made its score.
        budget_s: After so long what was found until then is the answer.
    """

    words: str
    query: Query = field(default_factory=Query)
    limit: int = 20
    offset: int = 0
    language: str = "vi"
    explain: bool = False
    budget_s: float = BUDGET_S

    @property
    def window(self) -> slice:
        """The places in the list that are shown."""
        first = max(0, self.offset)
        return slice(first, first + max(0, self.limit))


def find(
    catalogue: Catalogue, searcher: Searcher, archives: ArchiveSearch, wish: Wish
) -> SearchPage:
    """Return a page of what fits; the three layers belong to one generation."""
    deadline = monotonic() + wish.budget_s
    sites = {summary.book: (number, summary) for number, summary in _sites(catalogue, wish.query)}

    def ask_others(words: str) -> Candidates:
        return archives.candidates(list(sites), words, monotonic() + _left(deadline, _OTHERS_SHARE))

    def ask_ours(words: str, others: Candidates, *, are_others_first: bool) -> Found:
        def choose(ranked: Sequence[int]) -> set[int]:
            said = replace(wish, words=words)
            order[:] = _order(catalogue, ranked, others, said, are_others_first=are_others_first)
            order[:] = order[wish.window]
            return {ranked[place] for is_other, place in order if not is_other}

        # Our index is asked what was typed: it mends that itself, each time alike.
        return searcher.search(
            wish.words,
            filters=wish.query.filters,
            prefer_language=wish.language,
            window=choose,
            explain=wish.explain,
            budget_s=_left(deadline),
        )

    order: list[tuple[bool, int]] = []
    words, others = wish.words, ask_others(wish.words)
    found = ask_ours(words, others, are_others_first=False)
    understood, did_you_mean = found.understood, found.did_you_mean
    if understood and others.best:
        # Others know the words as they were typed: what our index made of them is only a question.
        found = ask_ours(words, others, are_others_first=True)
        understood, did_you_mean = "", did_you_mean or understood
    elif understood and sites:
        words, others = understood, ask_others(understood)
        found = ask_ours(words, others, are_others_first=False)
    places, is_late = archives.shown(
        [(others.best[place].book, others.best[place].path) for other, place in order if other],
        words,
        deadline,
    )
    more = {sites[book][0]: count for book, count in others.counts.items()}
    total = found.total + len(others.best)
    return SearchPage(
        total=total,
        hits=_hits(catalogue, found, others, order, places, sites),
        facets=catalogue.facets([one.work for one in found.works], more) if total else {},
        partial=found.partial or others.partial or is_late,
        understood=understood,
        did_you_mean=did_you_mean,
        near=() if total or wish.query.filters else searcher.near(wish.words),
    )


def suggest(
    searcher: Searcher, archives: ArchiveSearch, names: Sequence[str], words: str, limit: int
) -> tuple[Suggestion, ...]:
    """Return what begins like `words`: works, people, subjects, places, titles inside; ours first.

    Args:
        names: Of the archives of others; their titles have a quarter of the list at least.
    """
    found: dict[str, Suggestion] = {}
    # A chapter is often called as its book: the first kind is enough.
    for one in searcher.suggest(words, 2 * limit):
        found.setdefault(fold(one.words), one)
    others = archives.titles(names, words, limit)
    theirs = [Suggestion(title, "part") for title in others if fold(title) not in found]
    ours = list(found.values())[: limit - min(len(theirs), limit // 4)]
    return tuple([*ours, *theirs][:limit])


def others_in(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of the archives of others."""
    return tuple(summary.book for _, summary in _sites(catalogue, Query()))


def _left(deadline: float, share: float = 1.0) -> float:
    return max(0.0, (deadline - monotonic()) * share)


def _sites(catalogue: Catalogue, query: Query) -> tuple[tuple[int, Summary], ...]:
    """Return the records of archives of others that pass the filters."""
    if query.form not in {"", str(Form.WEBSITE)}:
        return ()
    found = catalogue.numbered(replace(query, form=str(Form.WEBSITE)))
    return tuple(one for one in found if one[1].book and not one[1].parts)


def _order(
    catalogue: Catalogue,
    ranked: Sequence[int],
    others: Candidates,
    wish: Wish,
    *,
    are_others_first: bool,
) -> list[tuple[bool, int]]:
    """Return works and pages of others as one list, as far as it is shown."""
    pages = [(True, place) for place in range(len(others.best))]
    if wish.query.sort in SORTS:
        places = {work: place for place, work in enumerate(ranked)}
        works = catalogue.in_order(ranked, wish.query.sort)
        return [*((False, places[work]) for work in works), *pages]
    if not pages or are_others_first:
        return [*pages, *((False, place) for place in range(len(ranked)))]
    plain = tokens(wish.words)
    first = list(ranked[: wish.window.stop])
    summaries = catalogue.summaries_of(first)
    titled = [
        Ranked(rank, title_share(plain, summaries[work].title) if work in summaries else 0.0)
        for rank, work in enumerate(first)
    ]
    return merged(titled, [one.ranked for one in others.best])


def _hits(  # noqa: PLR0913, PLR0917 -- what was found, in parts
    catalogue: Catalogue,
    found: Found,
    others: Candidates,
    order: list[tuple[bool, int]],
    places: tuple[Inside, ...],
    sites: dict[str, tuple[int, Summary]],
) -> tuple[Hit, ...]:
    works = [found.works[place] for is_other, place in order if not is_other]
    summaries = catalogue.summaries_of(one.work for one in works)
    shown = {(one.book, one.path): one for one in places}
    hits = []
    for is_other, place in order:
        if is_other:
            candidate = others.best[place]
            if inside := shown.get((candidate.book, candidate.path)):
                hits.append(_page_hit(candidate, inside, sites[candidate.book][1]))
        elif found.works[place].work in summaries:
            hits.append(_work_hit(found.works[place], summaries[found.works[place].work]))
    return tuple(hits)


def _work_hit(one: FoundWork, summary: Summary) -> Hit:
    return Hit(summary, one.score, one.snippet, one.places, one.place_count, why=one.why)


def _page_hit(one: Candidate, inside: Inside, archive: Summary) -> Hit:
    why = (f"page of an archive of others, rank {one.ranked.rank + 1} there",)
    return Hit(
        archive,
        one.ranked.value,
        inside.snippet,
        entry_title=inside.title,
        entry_path=inside.path,
        why=why,
    )
