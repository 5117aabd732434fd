"""An ebook becomes chapters that read well anywhere: titles, notes, tables, pictures, RTL."""

import io
from pathlib import Path

import pytest
from PIL import Image

from content.builder.epub import read_epub
from tests.content.builder.epubs import SENTENCE, nav, page, picture, read, write_epub

TWO = {"a.xhtml": "<h1>Một</h1><p>đoạn một</p>", "b.xhtml": "<p>đoạn hai</p>"}


def test_titles_and_levels_come_from_the_navigation_document(tmp_path: Path) -> None:
    inner = '<ol><li><a href="b.xhtml#x">Đi chợ</a></li></ol>'
    lines = f'<li><a href="a.xhtml">Phần thứ nhất</a>{inner}</li>'
    path = write_epub(
        tmp_path / "a.epub",
        {**TWO, "nav.xhtml": nav(lines)},
        kinds={"nav.xhtml": "application/xhtml+xml nav"},
    )
    found = read(read_epub, tmp_path, path)
    assert found.listed == [("Phần thứ nhất", 1), ("Đi chợ", 2)]
    # The contents are made anew; their own page is not a chapter.
    assert len(found.drafts) == 2


def test_titles_come_from_the_ncx_of_epub_2(tmp_path: Path) -> None:
    ncx = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel>'
        "<text>Hồi 1</text></navLabel><content src='a.xhtml'/><navPoint><navLabel><text>Hồi 2"
        "</text></navLabel><content src='b.xhtml'/></navPoint></navPoint></navMap></ncx>"
    )
    path = write_epub(
        tmp_path / "a.epub",
        TWO,
        more={"toc.ncx": ncx},
        kinds={"toc.ncx": "application/x-dtbncx+xml"},
    )
    assert read(read_epub, tmp_path, path).listed == [("Hồi 1", 1), ("Hồi 2", 2)]


def test_without_contents_a_heading_is_the_title_and_else_a_number(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "a.epub", TWO)
    assert read(read_epub, tmp_path, path).titles == ["Một", "Sách thử – 2"]


def test_a_document_that_the_contents_pass_over_belongs_to_the_one_before(tmp_path: Path) -> None:
    path = write_epub(
        tmp_path / "a.epub",
        {"n.xhtml": nav('<li><a href="a.xhtml">Đi chợ</a></li>'), **TWO},
        kinds={"n.xhtml": "application/xhtml+xml nav"},
    )
    found = read(read_epub, tmp_path, path)
    assert found.titles == ["Đi chợ", "Đi chợ (2)"]
    assert found.listed == [("Đi chợ", 1)]


def test_a_book_in_one_document_is_cut_where_its_contents_point(tmp_path: Path) -> None:
    inside = "".join(
        f'<div class="c"><a id="c{number}"></a><h2>Chương {number}</h2>'
        + f"<p>{SENTENCE}</p>" * 120
        + f'<p><a href="#c{5 - number}">xem</a></p></div>'
        for number in range(1, 5)
    )
    lines = "".join(f'<li><a href="a.xhtml#c{n}">Chương {n}</a></li>' for n in range(1, 5))
    path = write_epub(
        tmp_path / "a.epub",
        {"a.xhtml": inside, "n.xhtml": nav(lines)},
        kinds={"n.xhtml": "application/xhtml+xml nav"},
    )
    found = read(read_epub, tmp_path, path)
    assert found.listed == [(f"Chương {n}", 1) for n in range(1, 5)]
    assert 'href="part:4#c4"' in found.drafts[0]["html"]
    assert found.text.count("Điện Biên") == 480


def test_notes_keep_their_links_and_roles_across_documents(tmp_path: Path) -> None:
    path = write_epub(
        tmp_path / "a.epub",
        {
            "a.xhtml": '<p>chữ<a epub:type="noteref" href="b.xhtml#n%31">1</a></p>',
            "b.xhtml": '<aside epub:type="footnote" id="n1"><p>Chú: <a href="a.xhtml">về</a></p>'
            "</aside>",
        },
    )
    found = read(read_epub, tmp_path, path)
    assert '<a href="part:2#n1" role="doc-noteref">1</a>' in found.html
    assert '<aside id="n1" role="doc-footnote">' in found.html
    assert 'href="part:1"' in found.html


def test_tables_ruby_and_right_to_left_come_through(tmp_path: Path) -> None:
    ruby = "<ruby>漢<rp>(</rp><rt>hán</rt><rp>)</rp></ruby>"
    table = '<table><caption>Giá</caption><tr><th scope="col" colspan="2">A</th></tr></table>'
    rtl = page("<p>سلام</p>", attributes='dir="rtl" lang="ar"')
    path = write_epub(tmp_path / "a.epub", {"a.xhtml": f"<p>{ruby}</p>{table}", "b.xhtml": rtl})
    found = read(read_epub, tmp_path, path)
    assert "<rt>hán</rt>" in found.html
    assert "<caption>Giá</caption>" in found.html
    assert 'colspan="2"' in found.html
    assert '<div dir="rtl" lang="ar"><p>سلام</p></div>' in found.drafts[1]["html"]
    assert "漢" in found.text
    assert "hán" not in found.text


def test_look_that_carries_meaning_is_kept_and_the_rest_is_not(tmp_path: Path) -> None:
    css = (
        "/* x } */ @media all { .it { font-style: italic; color: red } } p.c{text-align:center}"
        ".big{font-size:9em;position:fixed} .hide{display:none}"
    )
    inside = (
        '<p class="c">giữa</p><p><span class="it">nghiêng</span></p><p class="big hide">to</p>'
        '<div class="poem"><p>thơ</p></div><center>cũ</center>'
    )
    path = write_epub(
        tmp_path / "a.epub",
        {"a.xhtml": inside},
        more={"s.css": css},
        kinds={"s.css": "text/css"},
    )
    html = read(read_epub, tmp_path, path).html
    assert '<p style="text-align:center">giữa</p>' in html
    assert '<span style="font-style:italic">nghiêng</span>' in html
    assert "<p>to</p>" in html
    assert '<div class="verse">' in html
    assert '<div style="text-align:center">cũ</div>' in html


def test_pictures_are_small_and_have_their_size(tmp_path: Path) -> None:
    path = write_epub(
        tmp_path / "a.epub",
        {"t/a.xhtml": '<p><img src="../i/Ảnh%20to.jpg" alt="Cây đa"/><img src="../i/no.jpg"/></p>'},
        more={"i/Ảnh to.jpg": picture(3000, 1500)},
        kinds={"i/Ảnh to.jpg": "image/jpeg"},
    )
    found = read(read_epub, tmp_path, path)
    for words in ('alt="Cây đa"', 'src="img/0001.jpg"', 'width="1080"', 'height="540"'):
        assert words in found.html
    assert found.html.count("<img") == 1
    assert "Cây đa" in found.text
    with Image.open(io.BytesIO((found.work.folder / "assets/000000").read_bytes())) as kept:
        assert kept.width == 1080
    assert "1 of its pictures lie nowhere in it" in found.reasons


def test_the_cover_page_is_not_read_as_a_chapter(tmp_path: Path) -> None:
    frame = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<image xlink:href="c.jpg" width="9" height="9"/></svg>'
    )
    path = write_epub(
        tmp_path / "a.epub",
        {"cover.xhtml": f"<div>{frame}</div>", **TWO},
        more={"c.jpg": picture()},
        kinds={"c.jpg": "image/jpeg"},
    )
    found = read(read_epub, tmp_path, path)
    assert found.cover == "img/cover"
    assert found.titles == ["Một", "Sách thử – 2"]
    assert found.paths == ["book.epub"]


@pytest.mark.parametrize(
    ("kind", "metadata"),
    [("image/jpeg cover-image", ""), ("image/jpeg", '<meta name="cover" content="x.jpg"/>')],
)
def test_the_cover_is_found_as_epub_3_and_2_name_it(
    tmp_path: Path, kind: str, metadata: str
) -> None:
    path = write_epub(
        tmp_path / "a.epub",
        TWO,
        more={"x.jpg": picture()},
        kinds={"x.jpg": kind},
        metadata=metadata,
    )
    assert read(read_epub, tmp_path, path).cover == "img/cover"


def test_pages_of_a_picture_book_stay_pages(tmp_path: Path) -> None:
    path = write_epub(
        tmp_path / "a.epub",
        {name: f'<img src="{name}.jpg" alt="Trang {name}"/>' for name in ("p1", "p2")},
        more={f"{name}.jpg": picture() for name in ("p1", "p2")},
        metadata='<dc:title>Tranh</dc:title><meta property="rendition:layout">pre-paginated</meta>',
    )
    found = read(read_epub, tmp_path, path)
    assert len(found.drafts) == 2
    assert found.text.splitlines() == ["Trang p1", "Trang p2"]


def test_what_cannot_be_shown_is_told(tmp_path: Path) -> None:
    inside = (
        "<p>Công thức <math><mi>a</mi><mo>+</mo><mi>b</mi></math></p><svg><path/></svg>"
        '<video src="v.mp4"></video><audio src="a.mp3"></audio>'
        '<img src="http://example.org/x.png"/>'
    )
    path = write_epub(tmp_path / "a.epub", {"a.xhtml": inside})
    found = read(read_epub, tmp_path, path)
    assert "<code>a+b</code>" in found.html
    for word in ("sound", "films", "drawings", "on the internet"):
        assert word in found.reasons


def test_what_is_apart_from_the_order_comes_last(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "a.epub", TWO, linear={"a.xhtml": "no"})
    assert read(read_epub, tmp_path, path).text.splitlines() == ["đoạn hai", "Một", "đoạn một"]


def test_the_book_says_what_it_is(tmp_path: Path) -> None:
    metadata = (
        '<dc:title id="t2">phụ</dc:title><dc:title id="t1">Dế Mèn</dc:title>'
        '<meta refines="#t1" property="title-type">main</meta>'
        "<dc:creator>Tô Hoài; Nguyễn A</dc:creator>"
        '<dc:contributor opf:role="bkp">calibre</dc:contributor>'
        '<dc:creator opf:role="trl">Trần B</dc:creator>'
        '<dc:date opf:event="modification">2020-01-01</dc:date>'
        '<dc:date opf:event="publication">1941</dc:date>'
        "<dc:subject>Truyện; Thiếu nhi</dc:subject><dc:language>vie</dc:language>"
        "<dc:description>&lt;p&gt;Một &lt;b&gt;chú dế&lt;/b&gt;.&lt;/p&gt;</dc:description>"
        '<meta property="schema:accessMode">textual</meta>'
    )
    path = write_epub(tmp_path / "a.epub", TWO, metadata=metadata)
    details = read(read_epub, tmp_path, path).details
    assert (details.title, details.date, details.language) == ("Dế Mèn", "1941", "vi")
    assert details.creator == ("Tô Hoài", "Nguyễn A")
    assert details.contributor == ("Trần B",)
    assert details.subject == ("Truyện", "Thiếu nhi")
    assert details.description == "Một chú dế."
    assert details.accessibility == ("textual",)


def test_a_wrong_language_and_a_shouted_title_are_told_not_hidden(tmp_path: Path) -> None:
    metadata = "<dc:title>TRUYỆN CỔ NÀ MẪU</dc:title><dc:language>en</dc:language>"
    pages = {"a.xhtml": f"<p>{SENTENCE * 3}</p>"}
    path = write_epub(tmp_path / "a.epub", pages, metadata=metadata)
    found = read(read_epub, tmp_path, path)
    assert found.details.language == "vi"
    assert found.details.title == "TRUYỆN CỔ NÀ MẪU"
    assert "'en', but its words are Vietnamese" in found.reasons
    assert "'Truyện cổ nà mẫu'" in found.reasons
    known = read(read_epub, tmp_path, path, title="Truyện cổ", language="vi")
    assert known.work.problems == ()


def test_the_letter_that_only_looks_like_d_is_put_right(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "a.epub", {"a.xhtml": f"<p>{SENTENCE} Ðiện ðồng</p>"})
    found = read(read_epub, tmp_path, path)
    assert "Điện đồng" in found.text
    assert "Ð for Đ in 2 places" in found.reasons


def test_the_original_is_a_download_when_asked(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "a.epub", TWO)
    kept = read(read_epub, tmp_path, path, title="Sách/thử").work.assets[0]
    assert (kept.path, kept.filename) == ("book.epub", "Sách thử.epub")
    assert kept.file.read_bytes() == path.read_bytes()
    assert read(read_epub, tmp_path, path, originals=False).paths == []


def test_every_ebook_of_the_collection_is_read(collection: Path, tmp_path: Path) -> None:
    books = sorted((collection / "ebooks").glob("*.epub"))
    assert books
    for path in books:
        found = read(read_epub, tmp_path, path)
        assert found.details.title
        assert found.details.language == "vi"
        assert found.cover, path.name
        assert len(found.drafts) > 1
        assert all(title for title in found.titles)
        assert max(len(one["html"].encode()) for one in found.drafts) < 110_000
