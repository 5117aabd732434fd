"""Most real ebooks break the rules: they are read all the same, or refused in plain words."""

import zipfile
from pathlib import Path

import pytest

from content.builder.epub import read_epub
from content.builder.spool import SourceJob, SourceOptions, Spool
from content.errors import SourceError
from tests.content.builder.epubs import (
    CONTAINER,
    SENTENCE,
    package,
    page,
    picture,
    read,
    write_epub,
    write_zip,
)

PAGE = {"a.xhtml": f"<p>{SENTENCE}</p>"}
XHTML = "application/xhtml+xml"


def refused(path: Path, folder: Path) -> SourceError:
    spool = Spool(folder / "refused")
    with pytest.raises(SourceError) as caught:
        read_epub(SourceJob((path,), SourceOptions(), folder), spool)
    spool._lines.close()
    assert caught.value.remedy
    return caught.value


def test_pages_named_but_not_there_are_told(tmp_path: Path) -> None:
    names = {**PAGE, **{f"gone-{number}.xhtml": "" for number in range(9)}}
    path = write_epub(
        tmp_path / "a.epub", PAGE, spine=list(names), kinds=dict.fromkeys(names, XHTML)
    )
    found = read(read_epub, tmp_path, path)
    assert len(found.drafts) == 1
    assert "gone-0.xhtml" in found.reasons
    assert "and 4 more like this" in found.reasons


def test_names_in_another_case_form_or_with_percent_signs_are_found(tmp_path: Path) -> None:
    entries = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package(
            {
                "TEXT/Chu%CC%9Bo%CC%9Bng.xhtml": "text/plain",
                "/OEBPS/b.xhtml": XHTML,
                "c d.html": "",
            },
            ["TEXT/Chu%CC%9Bo%CC%9Bng.xhtml", "/OEBPS/b.xhtml", "c d.html"],
        ),
        "OEBPS/Text/Chương.xhtml": page("<p>một</p>"),
        "OEBPS/b.xhtml": page("<p>hai</p>"),
        "OEBPS/c d.html": page("<p>ba</p>"),
    }
    found = read(read_epub, tmp_path, write_zip(tmp_path / "a.epub", entries))
    assert found.text.split() == ["một", "hai", "ba"]


@pytest.mark.parametrize(
    "entries",
    [
        {"OEBPS/book.opf": package({"a.xhtml": XHTML}, ["a.xhtml"])},
        {"META-INF/container.xml": "<container", "x.opf": "not xml"},
        {"OEBPS/book.opf": package({}, []), "META-INF/container.xml": CONTAINER},
        {"__MACOSX/._x.opf": b"\0\5\26\7", "__MACOSX/OEBPS/._a.xhtml": b"\0\5"},
    ],
)
def test_without_container_package_or_spine_the_pages_are_found(
    tmp_path: Path, entries: dict[str, str | bytes]
) -> None:
    path = write_zip(tmp_path / "a.epub", {**entries, "OEBPS/a.xhtml": page("<p>một</p>")})
    assert read(read_epub, tmp_path, path).text == "một"


def test_pages_without_an_order_are_read_by_number(tmp_path: Path) -> None:
    entries = {f"c{number}.html": page(f"<p>{number}</p>") for number in (10, 9, 1)}
    found = read(read_epub, tmp_path, write_zip(tmp_path / "a.epub", entries))
    assert found.text.split() == ["1", "9", "10"]


def test_markup_that_no_parser_should_take_is_taken(tmp_path: Path) -> None:
    inside = (
        "<html><body><a id='x'/><strong/><p>không đóng <b>thẻ<p>T&ecirc;n &nbsp;&khongco; &amp;lt;"
        "<![CDATA[ <c> ]]></p><p>điều\x01khiển\x0c</p>"
    )
    found = read(read_epub, tmp_path, write_epub(tmp_path / "a.epub", {"a.xhtml": inside}))
    assert found.text.splitlines() == ["không đóng thẻ", "Tên &lt; <c>", "điều khiển"]
    assert "<strong>k" not in found.html


def test_a_page_nested_without_end_keeps_its_words(tmp_path: Path) -> None:
    deep = "<div><span>" * 5000 + "đáy" + "<p>sau</p>"
    found = read(read_epub, tmp_path, write_epub(tmp_path / "a.epub", {"a.xhtml": deep}))
    assert found.text.split() == ["đáy", "sau"]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    ["<!DOCTYPE[" * 100_000, "<a " * 200_000, "<p " + "a=1 " * 100_000 + ">x", "<!--" * 100_000],
)
def test_a_page_made_to_take_for_ever_does_not(tmp_path: Path, text: str) -> None:
    path = write_epub(tmp_path / "a.epub", {**PAGE, "b.xhtml": "<html>" + text})
    assert "Điện Biên" in read(read_epub, tmp_path, path).text


def test_entities_are_never_expanded_nor_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("bí mật", "utf-8")
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = (
        f'<!DOCTYPE x [<!ENTITY e0 "ha">{levels}<!ENTITY file SYSTEM "file://{tmp_path}/secret">]>'
        "<html><body><p>còn&e11;&file;</p></body></html>"
    )
    metadata = "<dc:title>Sách</dc:title>"
    entries = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": f'<!DOCTYPE x [<!ENTITY e0 "ha">{levels}]>'
        + package({"a.xhtml": XHTML}, ["a.xhtml"], metadata=metadata).replace("Sách", "Sách&e11;"),
        "OEBPS/a.xhtml": bomb,
    }
    found = read(read_epub, tmp_path, write_zip(tmp_path / "a.epub", entries))
    assert found.text == "còn"
    assert found.details.title == "Sách"


def test_a_name_that_leads_out_is_only_a_name(tmp_path: Path) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}.jpg"
    secret.write_bytes(picture())
    inside = f'<p>chữ<img src="../../../{secret.name}"/><img src="{secret}"/></p>'
    path = write_epub(
        tmp_path / "a.epub", {"a.xhtml": inside}, more={f"../../../{secret.name}x": "x"}
    )
    found = read(read_epub, tmp_path, path)
    assert found.paths == ["book.epub"]
    assert "<img" not in found.html


def test_a_damaged_chapter_or_picture_does_not_take_the_book_with_it(tmp_path: Path) -> None:
    path = write_epub(
        tmp_path / "a.epub",
        {
            **PAGE,
            "b.xhtml": "<p>" + "hỏng " * 500 + "</p>",
            "c.xhtml": '<p>ba<img src="p.jpg"/></p>',
        },
        more={"p.jpg": picture()},
    )
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as book:
        for name in ("OEBPS/b.xhtml", "OEBPS/p.jpg"):
            info = book.getinfo(name)
            place = info.header_offset + 30 + len(name) + info.compress_size // 2
            content[place : place + 8] = b"\xff" * 8
    path.write_bytes(content)
    found = read(read_epub, tmp_path, path)
    assert found.text.splitlines()[-1] == "ba"
    assert "b.xhtml inside it is damaged; this page is left out" in found.reasons


def test_a_locked_book_is_refused_and_scrambled_fonts_are_not(tmp_path: Path) -> None:
    form = (
        '<encryption><EncryptedData><EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>'
    )
    for method, locked in (
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", True),
        ("http://www.idpf.org/2008/embedding", False),
    ):
        path = write_epub(tmp_path / "a.epub", PAGE)
        with zipfile.ZipFile(path, "a") as book:
            book.writestr("META-INF/encryption.xml", form.format(method))
        if locked:
            assert "DRM" in refused(path, tmp_path).reason
        else:
            assert "Điện Biên" in read(read_epub, tmp_path, path).text


def test_an_empty_book_is_refused(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "a.epub", {"a.xhtml": "<p>&nbsp;</p>"})
    assert "empty" in refused(path, tmp_path).reason
    assert "no pages" in refused(write_zip(tmp_path / "b.epub", {"x": "y"}), tmp_path).reason


@pytest.mark.parametrize("keep", [0, 4, 100, -40])
def test_a_book_cut_off_anywhere_is_refused_in_plain_words(tmp_path: Path, keep: int) -> None:
    path = write_epub(tmp_path / "a.epub", PAGE)
    path.write_bytes(path.read_bytes()[:keep])
    assert "cut short" in refused(path, tmp_path).reason


def test_thousands_of_documents_are_read(tmp_path: Path) -> None:
    pages = {f"c{number}.xhtml": "<p>x</p>" for number in range(3000)}
    found = read(read_epub, tmp_path, write_epub(tmp_path / "a.epub", pages))
    assert len(found.drafts) == 3000
    assert found.titles[-1] == "Sách thử – 3000"
