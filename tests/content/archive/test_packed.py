"""The sidecar gives each text as it is in the archive, and titles with or without accents."""

import gzip
import os
from pathlib import Path

import pytest
from libzim.reader import Archive

from content.archive.packed import PackedArchive, is_text, key_of, write_packed
from content.builder.zim_item import EntryItem
from content.errors import ArchiveError
from tests.content.zim_maker import HTML, make_archive

TITLES = ("Điện Biên xưa", "Chuyện Điện Biên", "Đèo Ô Quy Hồ", "Lai Châu", "Bên suối")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PackedArchive]:
    folder = tmp_path_factory.mktemp("packed")
    extra = [
        EntryItem(f"{number}.html", HTML, f"<p>{title}</p>" * 200, title=title, front=True)
        for number, title in enumerate(TITLES)
    ]
    extra += [
        EntryItem("data.json", "application/json", '{"a": 1}' * 200),
        EntryItem("random.txt", "text/plain", os.urandom(4_000)),
        EntryItem("small.html", HTML, "<p>x</p>"),
        EntryItem("sound.mp3", "audio/mpeg", b"\0" * 4_000),
    ]
    archive = make_archive(folder / "a.zim", extra=extra)
    write_packed(archive, folder / "a.packed")
    return archive, PackedArchive(folder / "a.packed")


def test_every_text_that_gets_smaller_is_kept_byte_for_byte(
    made: tuple[Path, PackedArchive],
) -> None:
    archive, packed = made
    source = Archive(archive)
    kept = 0
    for index in range(source.all_entry_count):
        path = str(source._get_entry_by_id(index).path)
        body = packed.body(path)
        if body is not None:
            kept += 1
            item = source.get_entry_by_path(path).get_item()
            assert gzip.decompress(body.packed) == bytes(item.content)
            assert (body.media_type, body.size) == (str(item.mimetype), item.size)
    assert kept == len(TITLES) + 1
    for path in ("sound.mp3", "small.html", "random.txt", "nope", "old"):
        assert packed.body(path) is None


def test_the_same_archive_gives_the_same_sidecar(
    made: tuple[Path, PackedArchive], tmp_path: Path
) -> None:
    write_packed(made[0], tmp_path / "again.packed")
    assert (tmp_path / "again.packed").read_bytes() == made[0].with_suffix(".packed").read_bytes()


@pytest.mark.parametrize("words", ["điện biên", "dien bien", "DIEN BI", "Điện Biên"])
def test_titles_are_found_from_any_word_with_or_without_accents(
    made: tuple[Path, PackedArchive], words: str
) -> None:
    found = made[1].titles(words, limit=10)
    assert {title for title, _ in found} == {"Điện Biên xưa", "Chuyện Điện Biên"}


def test_titles_of_odd_words(made: tuple[Path, PackedArchive]) -> None:
    packed = made[1]
    assert packed.titles("  ", limit=10) == ()
    assert packed.titles("%_'\"\0", limit=10) == ()
    assert packed.titles("biên x", limit=10) == (("Điện Biên xưa", "0.html"),)
    assert len(packed.titles("o", limit=1)) == 1


def test_two_paths_of_one_key_are_told_apart(
    made: tuple[Path, PackedArchive], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content.archive.packed.key_of", lambda _: key_of("0.html"))
    assert made[1].body("0.html") is not None
    assert made[1].body("other.html") is None


def test_what_is_no_sidecar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="made anew"):
        PackedArchive(tmp_path / "none.packed")
    (tmp_path / "odd.packed").write_bytes(b"x" * 9_000)
    with pytest.raises(ArchiveError, match="made anew"):
        PackedArchive(tmp_path / "odd.packed")


def test_what_counts_as_text() -> None:
    assert is_text("text/html; charset=utf-8")
    assert is_text("image/svg+xml")
    assert not is_text("image/webp")
    assert not is_text("application/zip")
