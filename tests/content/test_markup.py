"""Only reading markup passes: nothing runs, nothing is fetched, nothing hides or covers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.markup import clean, safe_style


def keep(_name: str, value: str) -> str:
    return value


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<p onclick=alert(1)>x</p>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' java\nscript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<img src='http://example.org/x.png'>",
        "<img src=x onerror=alert(1)>",
        "<iframe src='x'></iframe><object data='x'></object><embed src='x'>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mi xlink:href='javascript:alert(1)'></mi></math>",
        "<style>p{background:url(http://example.org)}</style>",
        "<p style='background:url(http://example.org);position:fixed;display:none'>x</p>",
        "<link rel=stylesheet href=x><meta http-equiv=refresh content='0;url=x'><base href=x>",
        "<form action='http://example.org'><input name=a><button>x</button></form>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(html: str) -> None:
    cleaned = clean(html, keep)
    for word in ("script", "alert", "example.org", "onerror", "style=", "<form", "http"):
        assert word not in cleaned, cleaned


def test_what_reading_needs_stays() -> None:
    html = (
        '<h2 id="a" lang="vi">Chương</h2><p dir="rtl" style="text-align:center">x<sup>2</sup></p>'
        '<ruby>漢<rt>hán</rt></ruby><ol start="3" type="a"><li value="4">x</li></ol>'
        '<table><caption>x</caption><tr><th scope="col" colspan="2">x</th></tr></table>'
        '<aside role="doc-footnote">x</aside><details><summary>x</summary>y</details>'
    )
    cleaned = clean(html, keep)
    for piece in re.findall(r"<[a-z]+[^>]*>", html):
        if piece != "<tr>":
            name = piece.strip("<>").split()[0]
            assert f"<{name}" in cleaned
    assert 'dir="rtl"' in cleaned
    assert 'role="doc-footnote"' in cleaned


def test_ids_get_their_prefix_and_odd_ones_go() -> None:
    assert clean('<p id="a">x</p>', keep, id_prefix="w-") == '<p id="w-a">x</p>'
    assert clean('<p id="a b">x</p>', keep) == "<p>x</p>"


def test_a_form_around_a_page_does_not_take_the_page_with_it() -> None:
    assert clean("<form><p>chữ</p></form>", keep) == "<p>chữ</p>"


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("Text-Align: CENTER !important; color: red", "text-align:center"),
        ("text-indent:-9999px", ""),
        ("text-indent:2em;margin-left:99em", "text-indent:2em"),
        ("font-weight:bold;font-weight:normal", "font-weight:normal"),
        ("text-align:center;x:expression(alert(1))", "text-align:center"),
        ("direction:rtl", "direction:rtl"),
        ("", ""),
    ],
)
def test_of_a_style_only_harmless_values_stay(style: str, kept: str) -> None:
    assert safe_style(style) == kept


def test_only_known_classes_stay() -> None:
    assert clean('<div class="verse fixed">x</div>', keep) == '<div class="verse">x</div>'


@given(st.text(alphabet="<>/\"'= abpimgscrtonhefj:;&#x0!-[]", max_size=200))
def test_cleaning_twice_changes_nothing(html: str) -> None:
    once = clean(html, keep)
    assert clean(once, keep) == once
