"""A poster or photograph becomes a part with its caption in the sizes of a page."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from content.builder.image import read_image
from content.builder.spool import SourceJob, SourceOptions, Spool, SpooledWork, load_spool
from content.errors import SourceError


def read(folder: Path, *files: Path, title: str = "", **options: Any) -> SpooledWork:
    spool = Spool(folder / "spool")
    try:
        job = SourceJob(files, SourceOptions(**options), folder / "cache", title=title)
        spool.finish(read_image(job, spool))
    finally:
        spool._lines.close()
    work = load_spool(spool.folder)
    assert work is not None
    return work


def picture(path: Path, width: int = 1600, height: int = 1200) -> Path:
    Image.new("RGB", (width, height), (30, 120, 60)).save(path)
    return path


def test_a_poster_has_its_title_its_sizes_and_its_original(tmp_path: Path) -> None:
    source = picture(tmp_path / "Áp phích.png")
    work = read(tmp_path, source, title="Ngày sách")
    (draft,) = work.drafts()
    part = draft["part"]
    assert (part["kind"], part["title"], draft["text"]) == ("picture", "Ngày sách", "Ngày sách")
    assert [(one["width"], one["media_type"]) for one in part["pictures"]] == [
        (720, "image/webp"),
        (1440, "image/webp"),
        (720, "image/jpeg"),
    ]
    downloads = [one for one in work.assets if one.filename]
    assert [(one.path, one.filename, one.media_type) for one in downloads] == [
        ("picture-0001.png", "Áp phích.png", "image/png")
    ]
    assert downloads[0].file.read_bytes() == source.read_bytes()


def test_several_pictures_carry_the_names_of_their_files(tmp_path: Path) -> None:
    files = [picture(tmp_path / f"{name}.jpg", 500, 400) for name in ("Chợ phiên", "Hội xòe")]
    work = read(tmp_path, *files, title="Bản làng", originals=False, jpeg_fallback=False)
    assert [one["part"]["title"] for one in work.drafts()] == ["Chợ phiên", "Hội xòe"]
    assert [one.path for one in work.assets] == ["img/0001.webp", "img/0002.webp"]


def test_a_broken_one_among_several_is_named_and_left_out(tmp_path: Path) -> None:
    broken = tmp_path / "a.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no picture")
    work = read(tmp_path, broken, picture(tmp_path / "b.png", 900, 700))
    assert [one["part"]["title"] for one in work.drafts()] == ["b"]
    assert [(one.file, bool(one.remedy)) for one in work.problems] == [("a.jpg", True)]


def test_a_broken_one_alone_is_refused_with_its_reason(tmp_path: Path) -> None:
    broken = tmp_path / "a.jpg"
    broken.write_bytes(b"no picture")
    with pytest.raises(SourceError, match="no known kind"):
        read(tmp_path, broken)


def test_the_first_picture_that_can_be_read_is_the_cover(tmp_path: Path) -> None:
    broken = tmp_path / "a.jpg"
    broken.write_bytes(b"no picture")
    spool = Spool(tmp_path / "spool")
    tall = picture(tmp_path / "b.png", 1500, 2000)
    read_image(SourceJob((broken, tall), SourceOptions(), tmp_path), spool)
    spool._lines.close()
    with Image.open(spool.asset_file(spool.cover)) as cover:
        assert cover.size == (720, 960)
