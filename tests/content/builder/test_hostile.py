"""Broken, hostile and odd files never crash a build, hang it, or make it write elsewhere.

All of them lie in one collection with one good work: the good one is built, each other is built as
well as it goes or left out with its name, reason and remedy, and no process needs 600 MB.
"""

import io
import json
import os
import struct
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from libzim.reader import Archive
from PIL import Image

from content.builder.recipe import load_recipe
from content.terms import Record, record_from_json
from tests.content.builder.old_encodings import tcvn3, windows_1258

MEMORY_GOAL = 600 * 1024 * 1024
CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
    'version="1.0"><rootfiles><rootfile full-path="p.opf" '
    'media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">x</dc:identifier>'
    "<dc:title>Sách thử</dc:title><dc:language>vi</dc:language></metadata>"
    '<manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="c"/><itemref idref="gone"/><itemref idref="nowhere"/></spine></package>'
)
CHAPTER = "<html><body><h1>Chương một</h1><p>Ngày xưa ở bản Nà Mẫu.</p>{}</body></html>"


def epub(path: Path, chapter: str | bytes = "", **more: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        book.writestr("META-INF/container.xml", CONTAINER)
        book.writestr("p.opf", PACKAGE)
        text = chapter if isinstance(chapter, bytes) else CHAPTER.format(chapter).encode()
        book.writestr("c.xhtml", text)
        for name, content in more.items():
            book.writestr(name, content)


def zip_slip(folder: Path) -> None:
    epub(folder / "zip-slip.epub", '<img src="../../../escaped.jpg"/>')
    with zipfile.ZipFile(folder / "zip-slip.epub", "a") as book:
        book.writestr("../../../escaped.jpg", b"\xff\xd8\xff")
        book.writestr("/etc/escaped", b"x")


def entity_bomb(folder: Path) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE html [<!ENTITY e0 "ha">{levels}]><html><body><p>&e11;</p></body></html>'
    epub(folder / "entity-bomb.epub", bomb.encode())


def external_entity(folder: Path) -> None:
    text = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body>&x;</body></html>'
    epub(folder / "external-entity.epub", text.encode())


def deflate_bomb(folder: Path) -> None:
    epub(folder / "deflate-bomb.epub")
    with (
        zipfile.ZipFile(folder / "deflate-bomb.epub", "a", zipfile.ZIP_DEFLATED) as book,
        book.open("gone.xhtml", "w", force_zip64=True) as chapter,
    ):
        for _ in range(700):
            chapter.write(b"a" * (1 << 20))


def cut_off(folder: Path) -> None:
    epub(folder / "whole.epub", "<p>đoạn</p>" * 500)
    whole = (folder / "whole.epub").read_bytes()
    (folder / "whole.epub").unlink()
    (folder / "cut-off.epub").write_bytes(whole[: len(whole) // 2])
    (folder / "cut-off.pdf").write_bytes(b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\n")
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "empty.m4b").write_bytes(b"")


def old_encodings(folder: Path) -> None:
    text = "Ngày xưa ở bản Nà Mẫu có một cây đa to. Bà con thường ngồi đó kể chuyện. " * 20
    (folder / "cp1258.txt").write_bytes(windows_1258(text))
    (folder / "tcvn3.txt").write_bytes(tcvn3(text))


def long_names(folder: Path) -> None:
    epub(folder / f"{'n' * 240}.epub")
    epub(folder / unicodedata.normalize("NFD", "Truyện Kiều bản cũ.epub"))
    epub(folder / "dòng\nmới.epub")
    epub(folder / "-rf.epub")


def encrypted_pdf(folder: Path) -> None:
    key = "<" + "00" * 32 + ">"
    body = (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
        f"4 0 obj<</Filter/Standard/V 1/R 2/O{key}/U{key}/P -4>>endobj\n"
        f"trailer<</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[{key}{key}]>>\n%%EOF\n"
    )
    (folder / "encrypted.pdf").write_bytes(body.encode())


def long_pdf(folder: Path, pages: int = 3000) -> None:
    objects = [b"<</Type/Catalog/Pages 2 0 R>>"]
    kids = " ".join(f"{number + 4} 0 R" for number in range(pages))
    objects.append(f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode())
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    stream = b"BT /F 12 Tf 20 100 Td (Trang) Tj ET"
    page = (
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 150 200]/Contents {pages + 4} 0 R"
        "/Resources<</Font<</F 3 0 R>>>>>>"
    )
    objects += [page.encode()] * pages
    objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    pdf(folder / "long.pdf", objects)


def huge_page(folder: Path) -> None:
    """A page whose one picture has 100 million pixels."""
    out = io.BytesIO()
    Image.new("L", (10_000, 10_000), 200).save(out, "JPEG", quality=30)
    jpeg = out.getvalue()
    paint = b"q 500 0 0 500 0 0 cm /I Do Q"
    pdf(
        folder / "huge-page.pdf",
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            (
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R"
                b"/Resources<</XObject<</I 5 0 R>>>>>>"
            ),
            b"<</Length %d>>stream\n%s\nendstream" % (len(paint), paint),
            b"<</Type/XObject/Subtype/Image/Width 10000/Height 10000/BitsPerComponent 8"
            b"/ColorSpace/DeviceGray/Filter/DCTDecode/Length %d>>stream\n%s\nendstream"
            % (len(jpeg), jpeg),
        ],
    )
    (folder / "huge.jpg").write_bytes(jpeg)


def pdf(path: Path, objects: list[bytes]) -> None:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    path.write_bytes(bytes(out))


def picture_bomb(folder: Path) -> None:
    """A PNG that says it is 60,000 by 60,000 and holds nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    (folder / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + rows + chunk(b"IEND", b""))


def disguised(folder: Path) -> None:
    (folder / "text.mp3").write_text("this is no sound", encoding="utf-8")
    (folder / "playlist.m4a").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "utf-8")
    (folder / "noise.docx").write_bytes(bytes(range(256)) * 40)
    (folder / "noise.epub").write_bytes(bytes(range(256)) * 40)
    (folder / "script.html").write_text(
        "<html><body><script>alert(1)</script><p onclick='x()'>Bài đọc</p>"
        "<img src='../../etc/passwd'><img src='http://example.org/x.png'></body></html>",
        encoding="utf-8",
    )


MAKERS: list[Callable[[Path], None]] = [
    zip_slip,
    entity_bomb,
    external_entity,
    deflate_bomb,
    cut_off,
    old_encodings,
    long_names,
    encrypted_pdf,
    huge_page,
    picture_bomb,
    disguised,
]


@dataclass(frozen=True)
class Built:
    """The result of one build by the command line."""

    base: Path
    output: dict[str, Any]
    errors: str
    records: tuple[Record, ...]

    def content(self, path: str) -> bytes:
        return bytes(Archive(self.base / "out.zim").get_entry_by_path(path).get_item().content)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build everything at once, as a librarian would meet it."""
    base = tmp_path_factory.mktemp("hostile")
    folder = base / "collection"
    folder.mkdir()
    (folder / "good.txt").write_text("Truyện kể\n\nNgày xưa có một cây đa.\n", encoding="utf-8")
    for maker in MAKERS:
        maker(folder)
    return build(base, folder)


def build(base: Path, folder: Path) -> Built:
    command = [sys.executable, "-m", "kiosk", "build", str(folder), "-o", str(base / "out.zim")]
    command += ["--json", "--jobs", "2", "--date", "2026-11-24"]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=1100
    )
    archive = Archive(base / "out.zim")
    raw = bytes(archive.get_entry_by_path("catalogue.json").get_item().content)
    records = tuple(record_from_json(one) for one in json.loads(raw)["records"])
    return Built(base, json.loads(done.stdout), done.stderr, records)


@pytest.mark.timeout(300)
def test_the_good_work_is_built_and_the_archive_is_whole(built: Built) -> None:
    assert Archive(built.base / "out.zim").check()
    assert "good" in {record.identifier for record in built.records}
    assert "Traceback" not in built.errors


@pytest.mark.timeout(300)
def test_every_broken_file_is_named_with_reason_and_remedy(built: Built) -> None:
    problems = built.output["problems"]
    broken = {problem["file"]: problem for problem in problems if problem.get("fatal")}
    for name in (
        "deflate-bomb.epub",
        "cut-off.pdf",
        "empty.pdf",
        "empty.m4b",
        "encrypted.pdf",
        "bomb.png",
        "text.mp3",
        "playlist.m4a",
        "noise.docx",
        "noise.epub",
    ):
        assert name in broken, name
        assert len(broken[name]["reason"]) > 10
        assert broken[name]["remedy"]


@pytest.mark.timeout(300)
def test_no_process_takes_600_megabytes(built: Built) -> None:
    assert 10_000_000 < built.output["peak_bytes"] < MEMORY_GOAL


@pytest.mark.timeout(300)
def test_nothing_is_written_outside(built: Built) -> None:
    assert {one.name for one in built.base.iterdir()} == {"collection", "out.zim"}
    assert not Path("/etc/escaped").exists()
    assert not list(built.base.parent.glob("escaped*"))


@pytest.mark.timeout(300)
def test_no_script_and_no_file_of_the_machine_gets_in(built: Built) -> None:
    for record in built.records:
        for part in record.parts:
            page = built.content(part.path)
            for word in (b"<script", b"onclick", b"root:x:", b"example.org"):
                assert word not in page, (record.identifier, word)


@pytest.mark.timeout(300)
def test_a_page_of_100_megapixels_is_shown(built: Built) -> None:
    titles = {record.title: record for record in built.records}
    for name in ("huge-page", "huge"):
        pictures = titles[name].parts[0].pictures
        assert pictures[0].width == 720
        with Image.open(io.BytesIO(built.content(pictures[0].path))) as picture:
            grey = picture.convert("L").getpixel((360, 360))
        assert isinstance(grey, (int, float))
        assert 190 < grey < 210


@pytest.mark.timeout(300)
def test_odd_names_and_encodings_come_through(built: Built) -> None:
    titles = {record.title: record for record in built.records}
    for name in ("cp1258", "tcvn3"):
        text = built.content(titles[name].parts[0].text_path).decode()
        assert "bản nà mẫu có một cây đa to" in text.lower(), name
    assert sum(record.title == "Sách thử" for record in built.records) >= 4


@pytest.mark.load
@pytest.mark.timeout(1200)
def test_a_pdf_of_3000_pages_stays_within_memory(tmp_path: Path) -> None:
    folder = tmp_path / "collection"
    folder.mkdir()
    long_pdf(folder)
    made = build(tmp_path, folder)
    assert len(made.records[0].parts) == 3000
    assert made.output["peak_bytes"] < MEMORY_GOAL


def test_a_recipe_never_follows_a_name_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "catalog.csv").write_text("id,title,files\nA,B,../../etc/passwd\n", "utf-8")
    assert load_recipe(tmp_path).items == ()
