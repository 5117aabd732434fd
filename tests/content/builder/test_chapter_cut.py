"""A long document is cut into chapters for old phones, and nothing of it is lost or broken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.builder.chapter_cut import MAX_CHAPTER_BYTES, Mark, cut
from content.builder.html_text import plain_text
from tests.content.builder.epubs import SENTENCE


def words(html: str) -> list[str]:
    return plain_text(html).split()


@pytest.mark.parametrize(
    "form",
    [
        "<p>{}</p>",
        "<div><div>{}</div></div>",
        "<pre>{}</pre>",
        "{}",
        "<blockquote><p>{}</p></blockquote>",
        "<ul><li><p>{}</p></li></ul>",
        "<table><tbody><tr><td>x</td></tr><tr><td>{}</td></tr></tbody></table>",
    ],
)
def test_one_endless_block_is_cut_inside(form: str) -> None:
    html = form.format(SENTENCE * 4000)
    pieces = cut(html, {})
    assert words(html) == [word for one in pieces for word in words(one.html)]
    # A row of a table is never cut: its columns belong together.
    limit = 10**9 if "<tr>" in form else MAX_CHAPTER_BYTES * 1.1
    assert all(len(one.html.encode()) < limit for one in pieces)


def test_a_list_goes_on_with_its_number() -> None:
    html = "<ol start='3'>" + f"<li><p>{SENTENCE}</p></li>" * 1500 + "</ol>"
    first, second, *_ = cut(html, {})
    assert first.html.startswith('<ol start="3">')
    assert second.html.startswith(f'<ol start="{3 + first.html.count("<li>")}">')


def test_a_quotation_is_opened_again() -> None:
    html = '<blockquote id="q" lang="fr">' + f"<p>{SENTENCE}</p>" * 1500 + "</blockquote>"
    first, second, *_ = cut(html, {})
    assert first.html.startswith('<blockquote id="q" lang="fr">')
    assert second.html.startswith('<blockquote lang="fr">')
    assert all(one.html.endswith("</blockquote>") for one in (first, second))


def test_a_short_document_stays_whole_whatever_the_contents_say() -> None:
    html = '<h2 id="a">A</h2><p>x</p><h2 id="b">B</h2><p>y</p>'
    assert [one.html for one in cut(html, {"b": Mark("B", 1)})] == [html]


def test_headings_serve_where_there_are_no_contents() -> None:
    html = "".join(f"<h2>Mục {number}</h2>" + f"<p>{SENTENCE}</p>" * 200 for number in range(5))
    pieces = cut(html, {})
    assert [one.mark.title for one in pieces if one.mark] == [f"Mục {n}" for n in range(5)]


def test_short_sections_stay_together() -> None:
    html = "".join(f"<h2>Mục {number}</h2>" + f"<p>{SENTENCE}</p>" * 20 for number in range(60))
    pieces = cut(html, {})
    assert 3 <= len(pieces) <= 20


BLOCK = st.sampled_from(
    [
        f"<p>{SENTENCE * 60}</p>",
        "<h2 id='x'>Tên</h2>",
        "chữ rời",
        "<hr>",
        f"<p>{SENTENCE * 700}</p>",
    ]
)
WRAP = st.sampled_from(["{}", "<div>{}</div>", "<section id='s'><div>{}</div>đuôi</section>"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(WRAP, st.lists(BLOCK, min_size=1, max_size=5)), min_size=1, max_size=6))
def test_no_word_is_lost(blocks: list[tuple[str, list[str]]]) -> None:
    html = "".join(wrap.format("".join(inside)) for wrap, inside in blocks)
    pieces = cut(html, {"x": Mark("Tên", 1), "s": Mark("Phần", 2)})
    assert words(html) == [word for one in pieces for word in words(one.html)]
    assert all(len(one.html.encode()) <= MAX_CHAPTER_BYTES * 1.3 for one in pieces)
