"""A long text is kept in pieces from which nothing is lost; what is stored comes back."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.errors import SearchError
from content.search.documents import LONGEST, OVERLAP, key_of, part_documents, pieces, place_of
from content.search.engine import PartText, WorkText
from content.search.engines import NAMES
from content.search.packing import pack_part, pack_work, unpack_part, unpack_work
from content.search.searcher import open_searcher
from tests.content.search.test_engine import engine_or_skip

LONG = " ".join(f"câu số {number} của chương này." for number in range(2_000))


@given(st.integers(0, 2**27), st.integers(0, 2**20 - 1), st.integers(0, 2**12 - 1))
def test_a_key_tells_its_place_and_sorts_by_it(work: int, number: int, piece: int) -> None:
    key = key_of(work, number, piece)
    assert place_of(key) == (work, number, piece)
    assert 0 <= key < key_of(work, number + 1) < 2**63


@given(st.integers(LONGEST - 2, LONGEST + 5_000))
def test_every_word_and_its_neighbour_stand_in_a_piece(length: int) -> None:
    text = LONG[:length]
    cut = pieces(PartText(1, 1, "", "x", text))
    assert all(one.text in text for one in cut)
    assert (len(cut) == 1) == (len(text) <= LONGEST)
    assert cut[0].text[:50] == text[:50]
    assert cut[-1].text.strip()[-50:] == text.strip()[-50:]
    for first, second in pairwise(cut):
        assert text.index(second.text) < text.index(first.text) + len(first.text)


@pytest.mark.parametrize("text", ["x" * 50_000, "đ " * 500_000, " " * 20_000, "a\n" * 9_000])
def test_odd_texts_are_cut_in_a_bounded_number_of_pieces(text: str) -> None:
    assert 1 <= len(pieces(PartText(1, 1, "", "x", text))) < 4_096


def test_only_the_first_piece_counts_as_a_part() -> None:
    documents = list(part_documents(PartText(1, 7, "Chương", "x", LONG)))
    assert len(documents) > 10
    assert [("kind=part" in one.fields["marks"]) for one in documents].count(True) == 1
    assert OVERLAP < LONGEST


@given(st.text(), st.text(), st.lists(st.text(max_size=9), max_size=3))
def test_what_is_packed_is_unpacked(title: str, text: str, names: list[str]) -> None:
    work = WorkText(3, title, tuple(names), (title,), (), text, ("form=ebook",))
    assert unpack_work(pack_work(work)) == work
    part = PartText(3, 1, title, "a/b.html", text, ("form=ebook", "language=vi"))
    assert unpack_part(pack_part(part)) == part


@pytest.mark.parametrize("name", NAMES)
def test_a_long_chapter_is_found_once_and_shown_where_it_holds(name: str, tmp_path: Path) -> None:
    writer = engine_or_skip(name).create(tmp_path / "search")
    writer.add_work(WorkText(1, "Sách dày"))
    text = f"{LONG} Cuối cùng lên đèo Pha Đin. {LONG} Rồi lại về Pha Đin."
    writer.add_part(PartText(1, 1, "Chương dài", "x", text))
    writer.add_part(PartText(1, 2, "Chương ngắn", "y", "Hết."))
    writer.close()
    searcher = open_searcher(tmp_path / "search")
    assert searcher.size() == (1, 2)
    (found,) = searcher.search("pha đin").works
    (place,) = found.places
    assert (place.number, found.place_count) == (1, 1)
    assert "Pha Đin" in place.snippet
    assert [one.number for one in searcher.find_in(1, "pha din")] == [1]
    searcher.close()
    writer = engine_or_skip(name).extend(tmp_path / "search", tmp_path / "new")
    writer.remove_work(1)
    writer.close()
    emptied = open_searcher(tmp_path / "new")
    assert emptied.size() == (0, 0)
    assert emptied.search("pha đin").total == 0
    emptied.close()


@given(st.binary(max_size=200))
def test_damaged_bytes_of_a_text_are_told(data: bytes) -> None:
    packed = pack_part(PartText(1, 2, "Chương", "x", "Đường lên Điện Biên"))
    for damaged in (data, packed[:-4]):
        with pytest.raises(SearchError, match="diemdoc library rebuild"):
            unpack_part(damaged)
