"""Facets count what was found as if each record were looked at, at once and after any change."""

import random
from pathlib import Path

import pytest

from content.catalogue import facets
from content.catalogue.facets import FACETS, MAX_VALUES, bits, pack, unpack
from content.catalogue.fields import period_of, values
from content.catalogue.records import Catalogue, Query
from content.catalogue.writer import CatalogueWriter
from content.errors import CatalogueError
from content.terms import Form, Holding, Record


def some_record(number: int, chance: random.Random) -> Record:
    return Record(
        f"W-{number}",
        f"Sách {number}",
        chance.choice([Form.EBOOK, Form.DOCUMENT, Form.AUDIOBOOK]),
        language=tuple(chance.sample(["vi", "en", "tai"], chance.randint(0, 2))),
        place=tuple(chance.sample(["Mường Mẫu", "MƯỜNG MẪU", "Sìn Hồ"], chance.randint(0, 3))),
        date=chance.choice(["", "1931", "1938-05", "k. 1898", "2024"]),
        collection=chance.choice(["", "Địa chí", "Thiếu nhi"]),
    )


def counted(catalogue: Catalogue, records: dict[int, Record], found: set[int]) -> None:
    """Compare the facets with a count one by one."""
    counts = catalogue.facets(found, {})
    for name in FACETS:
        expected: dict[str, int] = {}
        for number in found:
            said = {value.lower() for field, value in values(records[number]) if field == name}
            for value in said:
                expected[value] = expected.get(value, 0) + 1
        assert {value.lower(): works for value, works in counts[name]} == expected
        works = [one for _, one in counts[name]]
        assert works == sorted(works, reverse=True)


def test_facets_count_as_one_by_one_also_after_changes(tmp_path: Path) -> None:
    chance = random.Random(3)
    records: dict[int, Record] = {}
    base: Path | None = None
    for generation in range(4):
        path = tmp_path / f"{generation}.sqlite"
        writer = CatalogueWriter(path, base)
        for number in chance.sample(range(300), 80):
            record = some_record(number, chance)
            records[writer.add(record, book="b", added="2026-11-24")] = record
        for record in chance.sample(list(records.values()), 20):
            gone = writer.remove(record.identifier)
            records = {one: kept for one, kept in records.items() if one != gone}
        writer.close()
        base = path
        catalogue = Catalogue(path)
        counted(catalogue, records, set(records))
        counted(catalogue, records, set(chance.sample(sorted(records), 10)))
        assert catalogue.facets([], {}) == dict.fromkeys(FACETS, ())
        catalogue.close()


def test_a_record_that_counts_more_often(tmp_path: Path) -> None:
    writer = CatalogueWriter(tmp_path / "c")
    book = writer.add(Record("a", "A", Form.EBOOK), book="a", added="")
    site = writer.add(Record("s", "S", Form.WEBSITE), book="s", added="")
    writer.close()
    counts = Catalogue(tmp_path / "c").facets([book], {site: 7})
    assert dict(counts["form"]) == {"website": 7, "ebook": 1}


def test_only_the_commonest_values_are_offered(tmp_path: Path) -> None:
    writer = CatalogueWriter(tmp_path / "c")
    numbers = [
        writer.add(
            Record(f"r{n}", "T", Form.EBOOK, place=(f"Bản {n}", "Sìn Hồ")), book="", added=""
        )
        for n in range(MAX_VALUES + 5)
    ]
    writer.close()
    places = Catalogue(tmp_path / "c").facets(numbers, {})["place"]
    assert places[0] == ("Sìn Hồ", MAX_VALUES + 5)
    assert len(places) == MAX_VALUES


@pytest.mark.parametrize("numbers", [[], [1], [7, 8, 9], [1, 300_000]])
def test_a_set_comes_back_as_it_was_stored(numbers: list[int]) -> None:
    assert unpack(pack(numbers)) == bits(numbers)
    assert bits(numbers).bit_count() == len(numbers)


@pytest.mark.parametrize(
    ("date", "period"),
    [
        ("1931", "1930-1939"),
        ("1900", "1900-1909"),
        ("1899-12-31", "1800-1899"),
        ("khoảng 1954, in lại 2001", "1950-1959"),
        ("2026-11-24", "2020-2029"),
        ("", ""),
        ("thế kỷ XIX", ""),
        ("12345", ""),
        ("0999", ""),
    ],
)
def test_the_period_of_a_date(date: str, period: str) -> None:
    assert period_of(date) == period


def test_numbers_and_holdings_stay_in_a_copy(tmp_path: Path) -> None:
    writer = CatalogueWriter(tmp_path / "1")
    number = writer.add(Record("a", "A", Form.EBOOK), book="one", added="2026-11-24")
    writer.hold(Holding("a", archive="one"))
    writer.hold(Holding("a", place="Tủ 1"))
    writer.close()
    copy = CatalogueWriter(tmp_path / "2", tmp_path / "1")
    assert copy.shown_by("a") == "one"
    assert copy.holders("a") == {"one"}
    copy.release("one")
    assert copy.add(Record("a", "B", Form.EBOOK), book="two", added="2026-11-25") == number
    copy.close()
    catalogue = Catalogue(tmp_path / "2")
    assert [one.place for one in catalogue.holdings("a")] == ["Tủ 1"]
    assert catalogue.summaries(Query()).items[0].has_paper
    assert Catalogue(tmp_path / "1").record("a") == (Record("a", "A", Form.EBOOK), "one")


def test_a_base_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"nothing" * 1_000)
    for base in (tmp_path / "bad", tmp_path / "none"):
        with pytest.raises(CatalogueError):
            CatalogueWriter(tmp_path / "new", base)
    assert facets.FACETS
