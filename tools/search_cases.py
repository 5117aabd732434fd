"""Queries about works and pages that exist, and what each should find."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from content.search.found import Found
from content.vietnamese import fold
from tools.search_corpus import OPENINGS, Book, Title, phrase_in
from tools.search_queries import KINDS, placement, prefix

# What stands on the first page of results.
SHOWN = 10


@dataclass(frozen=True)
class Target:
    """What a query should find.

    Args:
        pages: Any of these parts; none when the work is enough.
    """

    work: int
    pages: frozenset[int] = frozenset()

    def rank(self, found: Found) -> int:
        """Return its place from 1 in the answer; 0 when it is not shown."""
        for place, one in enumerate(found.works[:SHOWN], start=1):
            if one.work == self.work:
                numbers = {shown.number for shown in one.places}
                return place if not self.pages or numbers & self.pages else 0
        return 0


Cases = dict[str, list[tuple[str, Target]]]


def make_cases(
    books: Callable[[], Iterator[Book]], seed: int, count: int, more: tuple[str, ...]
) -> Cases:
    """Return queries and what they should find, by kind.

    Args:
        books: Makes the corpus, the same each time.
        seed: Of the queries, not of the corpus.
        count: How many of each kind.
        more: Kinds that change more than letters: `half title`, `word order`, `prefix`.
    """
    chance = random.Random(seed * 7919 + 13)
    titles = Counter(fold(str(book.title)) for book in books() if not book.pages)
    sample = _sample(books(), chance, count * 2)
    # Of two works of one title no search can know which was meant.
    sample = [book for book in sample if titles[fold(str(book.title))] == 1 or book.pages]
    cases: Cases = {kind: [] for kind in (*KINDS, *more)}
    for kind, asked in cases.items():
        while len(asked) < count:
            text, words, target = _wanted(chance.choice(sample), chance, kind)
            query = _query(kind, text, words, chance)
            if query:
                asked.append((query, target))
    return cases


def _sample(books: Iterator[Book], chance: random.Random, count: int) -> list[Book]:
    """Return some of the books, each as likely as another."""
    kept: list[Book] = []
    for number, book in enumerate(books):
        if len(kept) < count:
            kept.append(book)
        elif (place := chance.randrange(number + 1)) < count:
            kept[place] = book
    return kept


def _wanted(book: Book, chance: random.Random, kind: str) -> tuple[str, Title, Target]:
    """Return a text that somebody has in mind, its words, and where it stands."""
    work = book.record.work
    if not book.pages:
        return str(book.title).lower(), book.title, Target(work)
    page = chance.choice(book.pages)
    if kind == "half title":
        title = next(one for one in book.titles if str(one) == page.title)
        same = frozenset(one.number for one in book.pages if one.title == page.title)
        return str(title).lower(), title, Target(work, same)
    phrase = phrase_in(page.text, chance)
    return phrase, Title(tuple(phrase.split())), Target(work, frozenset((page.number,)))


def _query(kind: str, text: str, words: Title, chance: random.Random) -> str:
    if kind == "half title":
        half = max(1, (len(words.words) + 1) // 2)
        kept = words.words[:half] if chance.random() < 0.5 else words.words[-half:]
        # "tập 2" or "sổ tay" is half of hundreds of titles.
        says = [word for word in kept if word not in OPENINGS and word != "tập" and len(word) > 1]
        return " ".join(kept) if " " in " ".join(says) else ""
    if kind == "word order":
        # A phrase's syllables are not shuffled one by one; its last half is said first.
        turned = [*words.words[len(words.words) // 2 :], *words.words[: len(words.words) // 2]]
        return " ".join(turned)
    if kind == "prefix":
        return prefix(text, chance)
    if kind == "old/new placement" and placement(text, chance) == text:
        return ""
    return KINDS[kind](text, chance)
