"""Archive entries are sent as HTTP wants it, and what they hold can reach nothing of ours."""

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from kiosk.serving.ranges import matches, parse_ranges, range_applies
from kiosk.ui.fragment import fragment

SOUND = "/content/diemdoc_vi_samples/works/nghe-nai-va-giot-suong/audio/01.m4b"


def sound(client: FlaskClient) -> str:
    """Return the address of a recording in the library."""
    page = client.get("/listen/nghe-nai-va-giot-suong").text
    return page.split('<source src="')[1].split("#")[0].split('"')[0]


def test_a_whole_sound_and_its_head(client: FlaskClient) -> None:
    address = sound(client)
    whole = client.get(address)
    assert whole.status_code == 200
    assert whole.headers["Accept-Ranges"] == "bytes"
    head = client.head(address)
    assert head.headers["Content-Length"] == str(len(whole.data))
    assert head.data == b""


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        ("bytes=5-5", 5, 5),
    ],
)
def test_a_range(client: FlaskClient, header: str, first: int, last: int | None) -> None:
    address = sound(client)
    whole = client.get(address).data
    part = client.get(address, headers={"Range": header})
    assert part.status_code == 206
    assert part.data == whole[first : None if last is None else last + 1]
    assert part.headers["Content-Range"].endswith(f"/{len(whole)}")


def test_a_range_beyond_the_end_is_refused(client: FlaskClient) -> None:
    answer = client.get(sound(client), headers={"Range": "bytes=999999999-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"].startswith("bytes */")


def test_what_a_phone_has_is_not_sent_again(client: FlaskClient) -> None:
    address = sound(client)
    etag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(address, headers={"If-None-Match": '"x"'}).status_code == 200
    part = {"Range": "bytes=0-1", "If-Range": '"old"'}
    assert client.get(address, headers=part).status_code == 200
    assert client.get(address, headers={**part, "If-Range": etag}).status_code == 206


def test_text_is_packed_and_has_a_tag_of_its_own(client: FlaskClient) -> None:
    address = "/content/diemdoc_vi_samples/works/thao-qua/0001.html"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    plain = client.get(address)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert plain.headers["Content-Type"] == "text/html; charset=utf-8"


def test_pages_of_archives_run_in_an_origin_of_their_own(client: FlaskClient) -> None:
    policy = client.get("/content/others/evil.html").headers["Content-Security-Policy"]
    sandbox = policy.split(";")[0].split()
    assert sandbox[0] == "sandbox"
    assert "allow-same-origin" not in sandbox
    assert "allow-top-navigation" not in sandbox
    svg = client.get("/content/others/index.html")
    assert svg.headers["X-Content-Type-Options"] == "nosniff"


def test_redirects_of_an_archive_are_followed(client: FlaskClient) -> None:
    answer = client.get("/content/others/old")
    assert answer.headers["Location"] == "/content/others/index.html"
    assert client.get("/raw/others/content/old").status_code == 200
    assert client.get("/content/others").headers["Location"] == "/content/others/index.html"
    assert client.get("/raw/others/meta/Title").text == "Title"
    assert client.get("/raw/others/meta/Nope").status_code == 404


def test_a_download_has_its_true_name(client: FlaskClient) -> None:
    place = client.get("/download/nai-va-giot-suong/1").headers["Location"]
    answer = client.get(place)
    assert answer.data[:2] == b"PK"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    assert "filename*=UTF-8''Con%20nai" in disposition
    assert client.get(place, headers={"Range": "bytes=0-1"}).data == b"PK"


@given(st.integers(0, 300), st.integers(0, 400), st.integers(0, 400))
def test_ranges_agree_with_an_obvious_model(size: int, first: int, last: int) -> None:
    content = bytes(index % 251 for index in range(size))
    for header, wanted in (
        (f"bytes={first}-{last}", content[first : last + 1] if first <= last else None),
        (f"bytes={first}-", content[first:]),
        (f"bytes=-{last}", content[-last:] if last else b""),
    ):
        try:
            found = parse_ranges(header, size)
        except ValueError:
            assert not wanted
            continue
        if found is None:
            assert wanted is None
        else:
            (one,) = found
            assert content[one.first : one.last + 1] == wanted
            assert one.length == len(wanted or b"")


@given(st.text(max_size=40))
def test_no_range_header_fails_but_for_416(header: str) -> None:
    try:
        parse_ranges(header, 10)
    except ValueError:
        assert header.strip().lower().startswith("bytes")


def test_conditions() -> None:
    assert matches('"a", W/"b"', '"b"')
    assert matches("*", '"b"')
    assert not matches(None, '"b"')
    assert range_applies(None, '"a"')
    assert not range_applies('W/"a"', 'W/"a"')


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' java\nscript:alert(1)'>x</a>",
        "<svg onload=alert(1)><script>1</script></svg>",
        "<iframe src='/staff/'></iframe>",
        "<base href='http://evil.example/'>",
        "<meta http-equiv=refresh content='0;url=http://evil.example'>",
        "<form action=/staff/><input name=x></form>",
        "<object data=x></object><embed src=x>",
        "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
        "<p style='background:url(http://evil.example);position:fixed'>x</p>",
        "<img src='//evil.example/x.png' srcset='http://evil.example/y 2x'>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<a href='/staff/reboot'>x</a>",
    ],
)
def test_nothing_hostile_is_left_in_a_fragment(html: str) -> None:
    clean = fragment(html, base="/content/b", path="works/A/0001.html").lower()
    for word in (
        "script",
        "onerror=",
        "onload=",
        "evil.example",
        "iframe",
        "<form",
        "/staff",
        "url(",
    ):
        assert word not in clean.replace("title=", ""), clean


def test_links_of_a_fragment_lead_to_our_pages() -> None:
    html = "<a href='0002.html#x'>a</a><img src='img/đ 1.jpg'><a id='top' href='#top'>b</a>"
    clean = fragment(
        html,
        base="/content/b",
        path="works/A/0001.html",
        page_of=lambda path: "/read/A/2" if path.endswith("0002.html") else None,
    )
    assert 'href="/read/A/2#w-x"' in clean
    assert 'src="/content/b/works/A/img/%C4%91%201.jpg"' in clean
    assert 'id="w-top"' in clean
    assert 'href="#w-top"' in clean
