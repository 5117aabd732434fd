"""An HTML file becomes an article: its own words and pictures, nothing of what stood around it."""

import base64
from pathlib import Path

import pytest

from content.builder.article import read_article
from content.errors import SourceError
from tests.content.builder.epubs import SENTENCE, picture, read


def write(folder: Path, html: str | bytes, name: str = "bai.html") -> Path:
    path = folder / name
    path.write_bytes(html if isinstance(html, bytes) else html.encode())
    return path


def test_the_head_says_what_it_is(tmp_path: Path) -> None:
    html = (
        "<HTML LANG=vi><HEAD><TITLE>Rửa tay\n đúng cách</TITLE>"
        "<META NAME=Author CONTENT='Trạm y tế'>"
        "<meta property='article:published_time' content='2024-05-06T07:08'>"
        f"<meta name=description content='Cách rửa'></HEAD><BODY><p>{SENTENCE}</BODY></HTML>"
    )
    found = read(read_article, tmp_path, write(tmp_path, html))
    assert found.details.title == "Rửa tay đúng cách"
    assert found.details.creator == ("Trạm y tế",)
    assert (found.details.date, found.details.description) == ("2024-05-06", "Cách rửa")
    assert found.titles == ["Rửa tay đúng cách"]
    assert found.work.problems == ()


@pytest.mark.parametrize(
    "body",
    [
        "<nav>thừa</nav><main><h1>Bài</h1><p>chữ</p></main><footer>thừa</footer>",
        "<header><h1>Bài</h1></header>\n<div role=banner>thừa</div><p>chữ</p><aside>thừa</aside>",
        "<div class=navheader>thừa</div><article><h1>Bài</h1><p>chữ</p></article>thừa",
        "<form><h1>Bài</h1><p>chữ<script>thừa</script></p><input value=thừa></form>",
    ],
)
def test_what_stands_around_the_article_is_left_out(tmp_path: Path, body: str) -> None:
    found = read(read_article, tmp_path, write(tmp_path, f"<html><body>{body}</body></html>"))
    assert found.text.splitlines() == ["Bài", "chữ"]


def test_words_after_a_dropped_element_stay_where_they_were(tmp_path: Path) -> None:
    html = "<body><p>một</p><nav>thừa</nav>hai<p>ba</p></body>"
    found = read(read_article, tmp_path, write(tmp_path, html))
    assert found.text.splitlines() == ["một", "hai", "ba"]


def test_pictures_beside_it_come_along_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    (folder / "img").mkdir(parents=True)
    (folder / "img/Cây.jpg").write_bytes(picture())
    (tmp_path / "secret.jpg").write_bytes(picture())
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    html = "<p>chữ</p>" + "".join(
        f'<img src="{name}">'
        for name in (
            "img/C%C3%A2y.jpg?v=2",
            "../secret.jpg",
            "link.jpg",
            f"{tmp_path}/secret.jpg",
            f"file://{tmp_path}/secret.jpg",
            "http://example.org/x.png",
        )
    )
    found = read(read_article, tmp_path, write(folder, html))
    assert found.html.count("<img") == 1
    assert found.paths == ["img/0001.jpg"]
    assert "4 of its pictures lie nowhere" in found.reasons
    assert "1 of its pictures lie on the internet" in found.reasons


def test_pictures_written_into_the_page_become_files(tmp_path: Path) -> None:
    png = base64.b64encode(picture(2, 2, "PNG")).decode()
    html = f'<p>chữ</p><img alt="a" src="data:image/png;base64,{png}"><img src="data:text/html,x">'
    found = read(read_article, tmp_path, write(tmp_path, html))
    assert "data:" not in found.html
    assert found.paths == ["img/0001.png"]


def test_pages_of_one_work_are_linked(tmp_path: Path) -> None:
    one = write(tmp_path, '<title>Một</title><p><a href="hai.html#x">sang</a></p>', "mot.html")
    two = write(tmp_path, '<title>Hai</title><p><a name="x">đích</a></p>', "hai.html")
    found = read(read_article, tmp_path, one, two)
    assert found.titles == ["Một", "Hai"]
    assert '<a href="part:2#x">sang</a>' in found.html
    assert 'id="x"' in found.drafts[1]["html"]


def test_a_heading_said_twice_is_said_once(tmp_path: Path) -> None:
    html = "<h1>Bảo mật</h1><div><h2><a name=x></a>Bảo mật</h2></div><p>chữ</p><h2>Bảo mật</h2>"
    found = read(read_article, tmp_path, write(tmp_path, html))
    assert found.text.splitlines() == ["Bảo mật", "chữ", "Bảo mật"]


def test_an_old_page_is_read_in_its_encoding_and_this_is_told(tmp_path: Path) -> None:
    html = '<meta charset="koi8-r"><p>Привет, мир</p>'.encode("koi8-r")
    assert read(read_article, tmp_path, write(tmp_path, html)).text == "Привет, мир"
    found = read(read_article, tmp_path, write(tmp_path, "<p>voilà une école</p>".encode("cp1252")))
    assert found.text == "voilà une école"
    assert "could not be read surely" in found.reasons


def test_an_empty_or_huge_page_is_refused(tmp_path: Path) -> None:
    for html, word in ((b"", "nothing to read"), (b"x" * (17 << 20), "larger than 16 MB")):
        with pytest.raises(SourceError, match=word) as caught:
            read(read_article, tmp_path, write(tmp_path, html))
        assert caught.value.remedy


def test_every_article_of_the_collection_is_read(collection: Path, tmp_path: Path) -> None:
    pages = sorted((collection / "articles").glob("*.html"))
    assert pages
    for path in pages:
        found = read(read_article, tmp_path, path)
        assert found.details.title, path.name
        assert found.titles[0] == found.details.title
        assert found.work.problems == ()
