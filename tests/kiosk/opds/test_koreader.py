"""A client that behaves as KOReader does finds every work, its cover and its files."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.catalogue.records import Query
from content.library.library import Library
from content.vietnamese import without_marks
from tests.kiosk.opds.koreader import OPENED, Item, KOReader, Shown, parse

ROOTS = ["http://localhost/opds", "http://localhost/opds/v2"]


def walk(koreader: KOReader, root: str) -> dict[str, Item]:
    """Return every book by what the list says of it."""
    todo, seen = [root], set()
    books: dict[str, Item] = {}
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        seen.add(address)
        shown = koreader.show(address)
        books |= {one.text: one for one in shown.items if not one.url}
        todo += [one.url for one in shown.items if one.url]
        todo += [shown.hrefs["next"]] if "next" in shown.hrefs else []
    return books


@pytest.mark.parametrize("root", ROOTS)
def test_every_work_is_listed_with_cover_and_words_and_can_be_taken(
    client: FlaskClient, library_root: Path, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.views.opds.PAGE_SIZE", 3)
    koreader, library = KOReader(client), Library(library_root)
    books = walk(koreader, root)
    held = library.summaries(Query(), limit=1000).items
    assert len(books) == len(held)
    taken = set()
    for summary in held:
        record = library.record(summary.identifier)
        assert record is not None
        (book,) = (
            one for text, one in books.items() if f"{text} - ".startswith(f"{record.title} - ")
        )
        assert book.content == record.description
        assert bool(book.thumbnail) == bool(record.covers)
        for address in filter(None, (book.thumbnail, book.image)):
            assert koreader.fetch(address).mimetype in OPENED
        for way in book.acquisitions:
            if way["type"] in OPENED:
                assert koreader.fetch(way["href"]).mimetype == way["type"]
                taken.add(way["type"])
        for number, one in enumerate(record.downloads, start=1):
            address = f"http://localhost/download/{record.identifier}/{number}"
            assert koreader.file_name(address) == without_marks(one.filename)
    assert taken >= {"application/epub+zip", "application/pdf", "text/html", "image/png"}


@pytest.mark.parametrize("root", ROOTS)
def test_it_searches_and_narrows_from_a_list(client: FlaskClient, root: str) -> None:
    koreader = KOReader(client)
    found = koreader.find(koreader.show(root), "giọt sương")
    assert found.items[0].text.startswith("Con nai và giọt sương")
    shown: Shown = koreader.show(f"{root}/works")
    (kinds,) = (ways for group, ways in shown.facets.items() if group == "Loại")
    title, address, _ = kinds[0]
    narrowed = koreader.show(address)
    assert 0 < len(narrowed.items) < len(shown.items)
    assert (title, True) in {(one, active) for one, _, active in narrowed.facets["Loại"]}


def test_its_reader_keeps_the_first_of_a_kind_and_every_link() -> None:
    read = parse('<a><x>1</x><x>2</x><link href="1"/><link href="2"/><p:x>3</p:x></a>')["a"]
    assert (read["x"], read["p:x"]) == ("1", "3")
    assert [one["href"] for one in read["link"]] == ["1", "2"]
