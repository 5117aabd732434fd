"""A folder becomes one archive that any ZIM reader opens: the same each time, or none at all."""

import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from libzim.reader import Archive
from libzim.search import Query, Searcher
from libzim.suggestion import SuggestionSearcher
from PIL import Image

from content.builder.assemble import Prepared
from content.builder.build import BuildResult, Chosen, build_collection, build_per_work
from content.builder.recipe import RecipeItem, load_recipe
from content.builder.spool import PARTS_FILE, Asset, Details, SourceOptions, SpooledWork
from content.builder.writer import (
    SMALL_CLUSTER,
    TEXT_CLUSTER,
    ArchiveOptions,
    cluster_bytes_for,
    write_archive,
)
from content.errors import BuildError
from content.terms import Form, Record, record_from_json

MANDATORY = ("Name", "Title", "Creator", "Publisher", "Date", "Description", "Language")


def picture(path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 400), (30, 60, 90)).save(out, "JPEG")
    path.write_bytes(out.getvalue())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a collection of three works, one of them broken."""
    folder = tmp_path / "tủ sách"
    folder.mkdir()
    text = "Chương 1\n\nĐiện Biên có đèo Pha Đin.\n\nChương 2\n\nLai Châu có chợ phiên.\n"
    (folder / "dien-bien.txt").write_text(text, encoding="utf-8")
    picture(folder / "poster.jpg")
    (folder / "broken.epub").write_bytes(b"this is no zip")
    (folder / "catalog.csv").write_text(
        "id,type,title,creator,language,collection,licence,files\n"
        "T-1,ebook,Đường lên Điện Biên,Lò Văn Mẫu,vi,Địa chí,CC0-1.0,dien-bien.txt\n"
        "P-1,image,Áp phích,,vi,Áp phích,CC0-1.0,poster.jpg\n"
        "B-1,ebook,Hỏng,,vi,,,broken.epub\n",
        encoding="utf-8",
    )
    return folder


def chosen(tmp_path: Path, **changes: object) -> Chosen:
    values = {
        "sources": SourceOptions(jobs=2),
        "date": dt.date(2026, 11, 24),
        "cache": tmp_path / "cache",
    }
    return Chosen(**{**values, **changes})  # type: ignore[arg-type]


def make(folder: Path, out: Path, choices: Chosen) -> BuildResult:
    return build_collection(load_recipe(folder), out, choices, lambda *_: None)


def entry(archive: Archive, path: str) -> str:
    return bytes(archive.get_entry_by_path(path).get_item().content).decode()


def test_builds_what_it_can_and_names_what_it_cannot(folder: Path, tmp_path: Path) -> None:
    result = make(folder, tmp_path / "out.zim", chosen(tmp_path))
    (written,) = result.written
    assert [record.identifier for record in written.records] == ["T-1", "P-1"]
    (broken,) = [problem for problem in result.problems if problem.fatal]
    assert "broken.epub" in broken.file
    assert broken.remedy
    archive = Archive(tmp_path / "out.zim")
    assert archive.check()
    for name in MANDATORY:
        assert archive.get_metadata(name)
    assert archive.has_illustration(48)
    assert archive.get_metadata("Language") == b"vie"


def test_the_catalogue_inside_names_only_what_is_there(folder: Path, tmp_path: Path) -> None:
    make(folder, tmp_path / "out.zim", chosen(tmp_path))
    archive = Archive(tmp_path / "out.zim")
    catalogue = json.loads(entry(archive, "catalogue.json"))
    assert catalogue["version"] == 1
    records = [record_from_json(one) for one in catalogue["records"]]
    text = records[0]
    assert text.title == "Đường lên Điện Biên"
    assert len(text.parts) == 2
    assert "đèo Pha Đin" in entry(archive, text.parts[0].text_path)
    assert "chợ phiên" in entry(archive, text.parts[1].path)
    for record in records:
        paths = [record.path, *(one.path for one in record.covers)]
        for part in record.parts:
            paths += [part.path, part.text_path, *(one.path for one in part.pictures)]
        for path in filter(None, paths):
            assert archive.has_entry_by_path(path), path


def test_the_same_input_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for name in ("a.zim", "b.zim"):
        make(folder, tmp_path / name, chosen(tmp_path, cache=tmp_path / f"cache-{name}"))
    assert (tmp_path / "a.zim").read_bytes() == (tmp_path / "b.zim").read_bytes()


def test_other_input_gives_another_uuid(folder: Path, tmp_path: Path) -> None:
    first = make(folder, tmp_path / "a.zim", chosen(tmp_path)).written[0].uuid
    other = chosen(tmp_path, date=dt.date(2026, 11, 25))
    assert make(folder, tmp_path / "b.zim", other).written[0].uuid != first


@pytest.mark.parametrize("query", ["điện biên", "dien bien", "Điện Biên"])
def test_stock_readers_find_it_with_and_without_accents(
    folder: Path, tmp_path: Path, query: str
) -> None:
    make(folder, tmp_path / "out.zim", chosen(tmp_path))
    archive = Archive(tmp_path / "out.zim")
    found = Searcher(archive).search(Query().set_query(query))
    assert "works/T-1/0001.html" in list(found.getResults(0, 10))
    suggested = SuggestionSearcher(archive).suggest(query.replace("b", "B"))
    assert suggested.getEstimatedMatches() > 0


def test_one_archive_per_work(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "works"
    result = build_per_work(
        load_recipe(folder), out, chosen(tmp_path, full_text=False), lambda *_: None
    )
    assert sorted(one.name for one in out.iterdir()) == ["P-1.zim", "T-1.zim"]
    assert all(Archive(one.path).check() for one in result.written)


def test_strict_writes_nothing_when_a_work_is_broken(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zim"
    out.write_bytes(b"the old one")
    with pytest.raises(BuildError, match=r"broken\.epub"):
        make(folder, out, chosen(tmp_path, strict=True))
    assert out.read_bytes() == b"the old one"


def test_a_second_run_reads_nothing_again(folder: Path, tmp_path: Path) -> None:
    make(folder, tmp_path / "a.zim", chosen(tmp_path))
    again = make(folder, tmp_path / "b.zim", chosen(tmp_path))
    assert (tmp_path / "a.zim").read_bytes() == (tmp_path / "b.zim").read_bytes()
    assert again.cpu_s >= 0


def test_killed_at_any_time_it_leaves_the_old_archive_and_goes_on(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.zim"
    out.write_bytes(b"the old one")
    command = [sys.executable, "-m", "kiosk", "build", str(folder), "-o", str(out)]
    command += ["--date", "2026-11-24", "--title", "Tủ sách"]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    killed = 0
    for delay in (0.1, 0.4, 0.8, 1.2):
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert out.read_bytes() == b"the old one" or Archive(out).check()
    assert killed
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert Archive(out).check()


@pytest.mark.timeout(30)
def test_large_files_in_small_clusters_do_not_hang_the_writer(tmp_path: Path) -> None:
    # python-libzim holds the interpreter while metadata is added; clusters must not wait by then.
    prepared = media_work(tmp_path, texts=0, assets=40)
    options = ArchiveOptions("x", "x", dt.date(2026, 11, 24), cluster_bytes=SMALL_CLUSTER)
    written = write_archive(tmp_path / "x.zim", [prepared], options)
    assert written.size_bytes > 20_000_000


@pytest.mark.parametrize(
    ("texts", "assets", "expected"),
    [
        (99_999, 2, SMALL_CLUSTER),
        (100_000, 2, TEXT_CLUSTER),
        (10, 0, TEXT_CLUSTER),
    ],
)
def test_clusters_are_small_where_texts_are_little(
    tmp_path: Path, texts: int, assets: int, expected: int
) -> None:
    assert cluster_bytes_for([media_work(tmp_path, texts, assets)]) == expected


def media_work(folder: Path, texts: int, assets: int) -> Prepared:
    """Return a work with so many bytes of text and so many files of half a megabyte."""
    (folder / PARTS_FILE).write_text(" " * texts, encoding="utf-8")
    found = []
    for number in range(assets):
        file = folder / f"{number}.bin"
        file.write_bytes(os.urandom(500_000))
        found.append(Asset(f"{number}.jpg", "image/jpeg", file))
    record = Record("M-1", "Tranh", Form.IMAGE)
    work = SpooledWork(folder, Details(), tuple(found), (), 0, ())
    return Prepared(RecipeItem("image", (), record), work)
