"""Every engine keeps the same contract: what was added is found, whole or not at all."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from content.errors import SearchError
from content.search.analysis import mark
from content.search.engine import Engine, Hits, Index, PartText, Term, Wanted, WorkText
from content.search.engines import NAMES, engine_called, open_index
from tests.content.search.small_library import TEXTS, WORKS, make_index, parts_of, write


def engine_or_skip(name: str) -> Engine:
    try:
        return engine_called(name)
    except SearchError as error:
        pytest.skip(str(error))


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return engine_or_skip(request.param)


@pytest.fixture(scope="module", params=NAMES)
def index(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Index]:
    engine = engine_or_skip(request.param)
    opened = engine.open(make_index(engine, tmp_path_factory.mktemp("index") / "search"))
    yield opened
    opened.close()


def find(index: Index, *terms: tuple[str, str], **more: object) -> Hits:
    return index.find(Wanted(tuple(Term(*one) for one in terms), **more))  # type: ignore[arg-type]


def works(hits: Hits) -> list[int]:
    return [hit.work for hit in hits.hits]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


def test_finds_works_by_words_and_pairs_of_each_field(index: Index) -> None:
    assert works(find(index, ("title", "dien_bien"))) in ([1, 3], [3, 1])
    assert works(find(index, ("title", "=ddieen5"))) == [1]
    assert works(find(index, ("names", "van_mau"))) == [1]
    assert works(find(index, ("about", "qua_ha"))) == [2]
    assert works(find(index, ("title", "van_mau"))) == []


def test_finds_parts_and_only_parts_by_the_fields_of_parts(index: Index) -> None:
    (hit,) = find(index, ("text", "pha_din")).hits
    assert (hit.work, hit.number) == (1, 1)
    assert {hit.number for hit in find(index, ("heading", "chuong_2")).hits} == {2}


def test_more_terms_score_more(index: Index) -> None:
    hits = find(index, ("title", "dien_bien"), ("title", "duong_len")).hits
    assert [hit.work for hit in hits] == [1, 3]
    assert hits[0].score > hits[1].score > 0


def test_at_least_so_many_terms(index: Index) -> None:
    terms = [("text", "nguoi_ta"), ("text", "hoa_binh"), ("text", "an_pho")]
    found = find(index, *terms, at_least=2)
    assert {(hit.work, hit.number) for hit in found.hits} == {(2, 1), (4, 3)}
    assert len(find(index, *terms).hits) == 4
    assert find(index, *terms, at_least=3) == Hits()
    assert works(find(index, ("text", "ong"), ("text", "mat_lam"), at_least=2)) == [5]


def test_marks_restrict(index: Index) -> None:
    assert works(find(index, ("text", "nguoi_ta"), marks=("work=2",))) == [2]
    assert works(find(index, ("text", "nguoi_ta"), marks=("work=2", "language=vi"))) == [2]
    assert works(find(index, ("text", "nguoi_ta"), marks=("language=en",))) == []


def test_the_limit_keeps_the_best(index: Index) -> None:
    every = find(index, ("text", "nguoi_ta"), ("text", "hoa_binh"))
    assert find(index, ("text", "nguoi_ta"), ("text", "hoa_binh"), limit=1).hits == every.hits[:1]


def test_what_was_stored_comes_back_as_it_was(index: Index) -> None:
    (hit,) = find(index, ("title", "nuoi_ong")).hits
    assert index.work(hit) == WORKS[4]
    (hit,) = find(index, ("text", "pha_din")).hits
    assert index.part(hit) == parts_of(1)[0]


def test_tells_how_frequent_a_term_is(index: Index) -> None:
    assert index.frequency("text", "nguoi_ta") == 3
    assert index.frequency("title", "dien_bien") == 2
    assert index.frequency("text", "khong_co") == 0


def test_lists_terms_by_their_beginning_the_most_frequent_first(index: Index) -> None:
    assert index.terms("text", "nguoi_", 5) == (("nguoi_ta", 3),)
    frequent = index.terms("heading", "chuong_", 5)
    assert frequent == (("chuong_1", 5), ("chuong_2", 4), ("chuong_3", 1))
    assert index.terms("heading", "chuong_", 1) == frequent[:1]
    (head, count), *_ = index.terms("heads", "0duong len", 5)
    assert head.endswith("Đường lên Điện Biên")
    assert count == 1


def test_knows_its_size(index: Index) -> None:
    assert index.size() == (len(WORKS), sum(map(len, TEXTS.values())))


def test_nothing_asked_finds_nothing(index: Index) -> None:
    assert index.find(Wanted(())) == Hits()


@pytest.mark.parametrize("term", ['"', "a b", "title:x", "*", "\x00", "=", "_", "ก", "\U0001f41d"])
def test_odd_terms_are_no_error(index: Index, term: str) -> None:
    for name in ("title", "text"):
        find(index, (name, term))
        index.frequency(name, term)
        index.terms(name, term, 3)


def test_a_deadline_that_is_over_is_told(index: Index) -> None:
    assert find(index, ("text", "nguoi_ta"), deadline=0.0).partial


def test_equal_hits_come_by_number(engine: Engine, tmp_path: Path) -> None:
    writer = engine.create(tmp_path / "search")
    for work in (9, 3, 7, 1):
        writer.add_work(WorkText(work, "Cùng một tên"))
        for number in (2, 1):
            writer.add_part(PartText(work, number, "", f"{number}", "cùng một lời"))
    writer.close()
    index = engine.open(tmp_path / "search")
    assert works(find(index, ("title", "cung_mot"))) == [1, 3, 7, 9]
    assert [(hit.work, hit.number) for hit in find(index, ("text", "mot_loi"), limit=3).hits] == [
        (1, 1), (1, 2), (3, 1),
    ]  # fmt: skip
    index.close()


def test_a_removed_work_and_its_parts_are_gone(engine: Engine, tmp_path: Path) -> None:
    old = make_index(engine, tmp_path / "old")
    writer = engine.extend(old, tmp_path / "new")
    writer.remove_work(1)
    writer.remove_work(77)
    writer.close()
    index = engine.open(tmp_path / "new")
    assert works(find(index, ("title", "dien_bien"))) == [3]
    assert works(find(index, ("text", "pha_din"))) == []
    assert index.size() == (4, 8)
    assert not [head for head, _ in index.terms("heads", "0duong", 5)]
    index.close()


def test_a_work_can_be_replaced(engine: Engine, tmp_path: Path) -> None:
    old = make_index(engine, tmp_path / "old")
    writer = engine.extend(old, tmp_path / "new")
    writer.remove_work(1)
    writer.add_work(WorkText(1, "Đường về Than Uyên"))
    writer.add_part(PartText(1, 1, "", "x", "Ruộng bậc thang."))
    writer.close()
    index = engine.open(tmp_path / "new")
    (hit,) = find(index, ("title", "than_uyen")).hits
    assert index.work(hit).title == "Đường về Than Uyên"
    assert works(find(index, ("text", "pha_din"))) == []
    assert index.size() == (5, 9)
    index.close()


def test_extending_changes_no_byte_of_the_old_index(engine: Engine, tmp_path: Path) -> None:
    old = make_index(engine, tmp_path / "old", WORKS[:3])
    before = digests(old)
    opened = engine.open(old)
    folder = old
    for number, work in enumerate(WORKS[3:]):
        writer = engine.extend(folder, folder := tmp_path / f"new-{number}")
        writer.remove_work(2)
        write(writer, [work])
        writer.close()
    assert digests(old) == before
    assert works(find(opened, ("title", "pho_phuong"))) == [2]
    opened.close()
    new = engine.open(folder)
    assert works(find(new, ("title", "nuoi_ong"))) == [5]
    assert works(find(new, ("title", "pho_phuong"))) == []
    new.close()


def test_extended_twice_answers_as_built_at_once(engine: Engine, tmp_path: Path) -> None:
    whole = engine.open(make_index(engine, tmp_path / "whole"))
    folder = make_index(engine, tmp_path / "0", WORKS[:1])
    for number, work in enumerate(WORKS[1:], start=1):
        writer = engine.extend(folder, folder := tmp_path / str(number))
        write(writer, [work])
        writer.close()
    grown = engine.open(folder)
    for terms in ([("text", "nguoi_ta"), ("text", "hoa_binh")], [("title", "dien_bien")]):
        same = [
            [(hit.work, hit.number, round(hit.score, 4)) for hit in find(one, *terms).hits]
            for one in (whole, grown)
        ]
        assert same[0] == same[1]
    assert grown.size() == whole.size()
    assert grown.terms("heading", "chuong", 9) == whole.terms("heading", "chuong", 9)
    whole.close()
    grown.close()


def test_the_same_additions_make_the_same_answers(engine: Engine, tmp_path: Path) -> None:
    answers = []
    for name in ("a", "b"):
        writer = engine.create(tmp_path / name)
        for work in range(1, 401):
            writer.add_work(WorkText(work, f"Sách {work % 7} của bản {work % 11}"))
        writer.close()
        index = engine.open(tmp_path / name)
        found = find(index, ("title", "cua_ban"), ("title", "3"), limit=150)
        answers.append([(hit.work, hit.score) for hit in found.hits])
        index.close()
    assert answers[0] == answers[1]
    assert len(answers[0]) == 150


def test_filters_hold_for_parts_as_for_works(engine: Engine, tmp_path: Path) -> None:
    writer = engine.create(tmp_path / "search")
    for work, form in ((1, "ebook"), (2, "audio")):
        marks = (mark("form", form), mark("collection", "Địa chí Lai Châu"))
        writer.add_work(WorkText(work, "Chuyện bản", marks=marks))
        writer.add_part(PartText(work, 1, "", "x", "chuyện bản làng", marks))
    writer.close()
    index = engine.open(tmp_path / "search")
    for term in (("title", "chuyen_ban"), ("text", "chuyen_ban")):
        assert works(find(index, term, marks=(mark("form", "Audio"),))) == [2]
        assert works(find(index, term, marks=(mark("collection", "địa chí lai châu"),))) == [1, 2]
    index.close()


def test_reading_changes_nothing_and_needs_no_right_to_write(
    engine: Engine, tmp_path: Path
) -> None:
    mask = os.umask(0o022)
    folder = make_index(engine, tmp_path / "search")
    os.umask(mask)
    before = digests(folder)
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in folder.iterdir())
    index = engine.open(folder)
    assert works(find(index, ("title", "nuoi_ong"))) == [5]
    assert digests(folder) == before
    index.close()
    assert digests(folder) == before


def test_an_index_is_not_made_over_another(engine: Engine, tmp_path: Path) -> None:
    old = make_index(engine, tmp_path / "old")
    before = digests(old)
    with pytest.raises(SearchError):
        engine.create(old)
    with pytest.raises(SearchError):
        engine.extend(old, old)
    assert digests(old) == before


def test_what_is_missing_old_or_of_another_engine_is_told(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="no whole search index"):
        engine.open(tmp_path / "nope")
    folder = make_index(engine, tmp_path / "search")
    open_index(folder).close()
    stamp = json.loads((folder / "engine.json").read_text())
    for change, words in (
        ({"version": stamp["version"] + 1}, "is old"),
        ({"analysis": 0}, "is old"),
        ({"engine": "other"}, "of engine 'other'"),
    ):
        (folder / "engine.json").write_text(json.dumps(stamp | change))
        with pytest.raises(SearchError, match=words):
            engine.open(folder)
        with pytest.raises(SearchError, match=words):
            engine.extend(folder, tmp_path / "new")
    (folder / "engine.json").write_text("{")
    with pytest.raises(SearchError, match="cannot be read"):
        engine.open(folder)


# whoosh-reloaded 2.7.5 leaves the file that it cannot read to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_damaged_files_are_told(engine: Engine, tmp_path: Path) -> None:
    folder = make_index(engine, tmp_path / "search")
    for path in folder.iterdir():
        if path.name != "engine.json":
            path.write_bytes(b"not what it was")
    with pytest.raises(SearchError):
        engine.open(folder)


_KILLED = """
import os, signal, sys
from pathlib import Path
from content.search.engines import engine_called
from tests.content.search.small_library import write, WORKS
engine, old, new = engine_called(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
writer = engine.extend(old, new)
writer.remove_work(1)
write(writer, WORKS[3:])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_the_old_index_and_no_new_one(
    engine: Engine, tmp_path: Path
) -> None:
    old = make_index(engine, tmp_path / "old", WORKS[:3])
    before = digests(old)
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, engine.name, str(old), str(tmp_path / "new")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert digests(old) == before
    with pytest.raises(SearchError):
        engine.open(tmp_path / "new")
    index = engine.open(old)
    assert works(find(index, ("title", "pho_phuong"))) == [2]
    index.close()


def test_an_unknown_engine_is_told_with_those_there_are() -> None:
    with pytest.raises(SearchError, match="there are: tantivy, fts5"):
        engine_called("xapian")
