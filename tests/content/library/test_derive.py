"""Catalogue and index that were changed along are those that a whole rebuild would make.

Scores may differ a little: an engine may count removed texts in its statistics until it merges
them away. So what is found is compared, and the first hit of whole titles, not scores.
"""

import contextlib
import datetime as dt
import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from content.catalogue.fields import FIELDS
from content.catalogue.records import Query
from content.errors import StoreError
from content.library import change, derive
from content.library.derive import Difference, difference
from content.library.library import Library
from content.library.results import SearchPage
from content.library.search import Wish
from content.library.settings import SearchSettings
from content.library.shelf import PaperBook
from content.search.engine import PART_FIELDS, WORK_FIELDS, Term, Wanted
from content.search.engines import open_index
from content.search.folder import engine_of
from content.store.generation import HeldArchive, current
from content.store.layout import StoreLayout
from tests.content.zim_maker import make_archive, work

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
ENGINES = ("fts5", "tantivy")
WORDS = "ruong bac thang mua lua chin ban xa cho phien dao may troi suoi da nuong nha san".split()


def quiet(_words: str, _done: int, _total: int) -> None:
    """Report nothing."""


class Point:
    """A library and the changes of it, by one engine."""

    def __init__(self, root: Path, engine: str = "fts5") -> None:
        self.layout = StoreLayout(root)
        self.settings = SearchSettings(engine)

    def add(self, *files: Path) -> None:
        outcomes = change.add(
            self.layout.root, files, now=NOW, report=quiet, settings=self.settings
        )
        assert {one.did for one in outcomes} <= {"added", "replaced", "kept"}

    def remove(self, name: str) -> None:
        change.remove(self.layout.root, name, report=quiet, settings=self.settings)

    def rebuild(self) -> None:
        change.rebuild_current(self.layout.root, report=quiet, settings=self.settings)

    def shelve(self, *books: PaperBook) -> None:
        change.import_shelf(self.layout.root, books, "Tủ 1", report=quiet, settings=self.settings)

    @property
    def library(self) -> Library:
        return Library(self.layout.root)

    @property
    def folder(self) -> Path:
        return self.layout.generation(current(self.layout).number)

    def state(self) -> dict[str, object]:
        """Return all that a reader can find out, without scores and numbers."""
        library = self.library
        works = {one.identifier: one for one in library.summaries(Query(), limit=1_000).items}
        index = open_index(self.folder / "search")
        names = {self.number(identifier): identifier for identifier in works}
        found = {}
        for fields in (WORK_FIELDS, PART_FIELDS):
            for word in (*WORDS, "cho_phien", "=ru5ong"):
                terms = tuple(Term(field, word) for field in fields)
                hits = index.find(Wanted(terms, limit=1_000)).hits
                found[fields, word] = {(names[hit.work], hit.number) for hit in hits}
        state = {
            "works": works,
            "records": {one: library.record(one) for one in works},
            "held": {one: sorted(map(repr, library.holdings(one))) for one in works},
            "counts": {name: library.counts(name) for name in FIELDS},
            "facets": asked(library, "ruong bac thang mua lua chin").facets.keys(),
            "size": index.size(),
            "found": found,
            "titles": {
                one: {hit.summary.title for hit in asked(library, work.title).hits[:1]}
                for one, work in works.items()
            },
        }
        index.close()
        return state

    def number(self, identifier: str) -> int:
        """Return the number of a work in the catalogue."""
        library = self.library
        opened = library._opened()
        assert opened is not None
        number = library._catalogue_of(opened).number(identifier)
        assert number is not None
        return number


def asked(library: Library, words: str) -> SearchPage:
    """Search with time enough: what is compared must not depend on a busy machine."""
    page = library.search(Wish(words, budget_s=60))
    assert not page.partial
    return page


def book(path: Path, name: str, works: Sequence[tuple[str, str]], chance: random.Random) -> Path:
    """Make an archive called `name` of works (identifier, title) with texts by chance."""
    made = []
    for identifier, title in works:
        texts = [" ".join(chance.choices(WORDS, k=8)) for _ in range(chance.randint(1, 3))]
        record = work(
            identifier,
            title,
            texts,
            collection=chance.choice(["Địa chí", "Thiếu nhi"]),
            date=chance.choice(["1931", "1898", "2024"]),
            place=(chance.choice(["Mường Mẫu", "Sìn Hồ"]),),
        )
        made.append((record, texts))
    return make_archive(path, made, name=name)


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Path]]:
    """Return archives by name, some of them editions of the same, some with the same works."""
    folder = tmp_path_factory.mktemp("editions")
    chance = random.Random(4)
    made = []
    for number in range(12):
        name = f"a{number % 5}"
        titles = [" ".join(chance.sample(WORDS, 4)) for _ in range(3)]
        works = [(f"W-{chance.randint(1, 9)}", title) for title in titles]
        path = folder / f"{number}.zim"
        made.append((name, book(path, name, list(dict(works).items()), chance)))
    return made


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", [1, 2])
def test_any_changes_lead_where_a_rebuild_leads(
    editions: list[tuple[str, Path]], tmp_path: Path, engine: str, seed: int
) -> None:
    chance = random.Random(seed)
    point = Point(tmp_path / "library", engine)
    shelf = [PaperBook(f"W-{number}", f"Sách giấy {number}", "Tủ 1") for number in (3, 10)]
    for step in range(9):
        names = [one.name for one in current(point.layout).archives]
        if names and chance.random() < 0.35:
            point.remove(chance.choice(names))
        elif chance.random() < 0.2:
            point.shelve(*chance.sample(shelf, chance.randint(0, 2)))
        else:
            point.add(*{path for _, path in chance.sample(editions, chance.randint(1, 3))})
        if step in {2, 5, 8}:
            along = point.state()
            point.rebuild()
            assert along == point.state()


@pytest.mark.parametrize("engine", ENGINES)
def test_no_byte_of_an_earlier_generation_changes(
    editions: list[tuple[str, Path]], tmp_path: Path, engine: str
) -> None:
    point = Point(tmp_path / "library", engine)
    point.add(*(path for _, path in editions[:3]))
    folder = point.folder
    before = digests(folder)
    point.add(editions[3][1])
    point.remove("a0")
    assert point.folder != folder
    assert digests(folder) == before
    assert change.verify(point.layout.root, report=quiet)[-1].did == "kept"


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("engine", ENGINES)
def test_archives_that_stay_are_not_opened(
    editions: list[tuple[str, Path]], tmp_path: Path, engine: str
) -> None:
    point = Point(tmp_path / "library", engine)
    point.add(editions[0][1], editions[1][1])
    away = {path: path.rename(tmp_path / path.name) for path in point.layout.archives.iterdir()}
    point.add(editions[2][1])
    for path, kept in away.items():
        kept.rename(path)
    along = point.state()
    point.rebuild()
    assert along == point.state()


def test_thousands_of_archives_are_never_open_together(
    editions: list[tuple[str, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = Point(tmp_path / "library")
    point.add(*(path for _, path in editions[:5]))
    most = 0

    def look(_words: str, _done: int, _total: int) -> None:
        nonlocal most
        opened = set()
        for one in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # the engine's threads close theirs
                opened.add(one.readlink())
        most = max(most, len(opened & set(point.layout.archives.iterdir())))

    change.rebuild_current(point.layout.root, report=look)
    assert most == 1


def test_the_work_of_an_archive_that_goes_is_shown_by_the_one_before(tmp_path: Path) -> None:
    chance = random.Random(1)
    point = Point(tmp_path / "library")
    point.add(book(tmp_path / "1.zim", "one", [("W-1", "Bản trước")], chance))
    number = point.number("W-1")
    point.add(book(tmp_path / "2.zim", "two", [("W-1", "Bản sau")], chance))
    assert point.library.book("W-1") == "two"
    point.add(book(tmp_path / "3.zim", "three", [("W-1", "Bản cuối")], chance))
    point.remove("three")
    assert point.library.book("W-1") == "two"
    assert {one.archive for one in point.library.holdings("W-1")} == {"one", "two"}
    for copies in (1, 2):
        point.shelve(PaperBook("W-1", "Bản giấy", "Tủ 1", copies=copies))
    on_paper = [one for one in point.library.holdings("W-1") if not one.archive]
    assert [one.copies for one in on_paper] == [2]
    point.remove("two")
    assert point.library.book("W-1") == "one"
    assert point.library.search("ban truoc").hits[0].summary.title == "Bản trước"
    assert point.library.search("ban sau").hits[0].summary.title == "Bản trước"
    assert point.number("W-1") == number
    point.remove("one")
    assert point.library.search("ban giay").hits[0].summary.title == "Bản giấy"
    assert point.library.search("ban giay").hits[0].summary.has_paper
    point.shelve()
    assert point.library.search("ban giay").total == 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("damage", ["search", "catalogue.sqlite"])
def test_what_is_damaged_is_built_anew(
    editions: list[tuple[str, Path]], tmp_path: Path, engine: str, damage: str
) -> None:
    point = Point(tmp_path / "library", engine)
    point.add(editions[0][1])
    target = point.folder / damage
    files = [target] if target.is_file() else [one for one in target.iterdir() if one.is_file()]
    for path in files:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    outcomes = change.verify(point.layout.root, report=quiet)
    assert {one.name for one in outcomes if one.did == "refused"} >= {
        str(path.relative_to(point.folder)) for path in files
    }
    point.add(editions[1][1])
    along = point.state()
    point.rebuild()
    assert along == point.state()


def test_another_engine_takes_over_at_the_next_change(
    editions: list[tuple[str, Path]], tmp_path: Path
) -> None:
    Point(tmp_path / "library", "fts5").add(editions[0][1])
    point = Point(tmp_path / "library", "tantivy")
    assert point.library.search(WORDS[0]).partial is False
    assert engine_of(point.folder / "search") == "fts5"
    point.add(editions[1][1])
    assert engine_of(point.folder / "search") == "tantivy"
    along = point.state()
    point.rebuild()
    assert along == point.state()


def test_an_extended_index_shares_the_files_of_the_one_before(
    editions: list[tuple[str, Path]], tmp_path: Path
) -> None:
    point = Point(tmp_path / "library", "tantivy")
    point.add(editions[0][1])
    before = {path.stat().st_ino for path in (point.folder / "search").iterdir()}
    point.add(editions[1][1])
    after = {path.stat().st_ino for path in (point.folder / "search").iterdir()}
    assert before & after


def held(name: str, file: str = "") -> HeldArchive:
    return HeldArchive(name, file or f"{name}.zim", "0" * 64, 1, "", name, "2026-11-24")


def test_the_difference_of_two_lists_of_archives() -> None:
    a, b, c, b2 = held("a"), held("b"), held("c"), held("b", "b2.zim")
    assert difference((a, b), (a, b, c)) == Difference((a, b), (), (c,))
    assert difference((a, b, c), (a, c, b2)) == Difference((a, c), (b,), (b2,))
    assert difference((a, b), (b, a)) is None
    assert difference((a,), (c, a)) is None


def test_an_archive_that_cannot_be_read_leaves_what_is_in_use(
    editions: list[tuple[str, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = Point(tmp_path / "library")
    point.add(editions[0][1])
    number = current(point.layout).number

    def fail(_archive: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(derive, "records_of", fail)
    with pytest.raises(StoreError, match="stays as it was"):
        point.add(editions[1][1])
    assert current(point.layout).number == number
    assert len(list(point.layout.generations.iterdir())) == 1
