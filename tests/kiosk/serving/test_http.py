"""An archive's entry reaches a phone as HTTP says: whole, in part, packed, or not again."""

import gzip
from urllib.parse import quote

import pytest

from tests.kiosk.serving.conftest import PAGE, SOUND, Served

SOUND_AT = "/content/others/sound.mp3"
PAGE_AT = "/content/others/dien.html"
GZIP = {"Accept-Encoding": "gzip"}


def test_a_text_is_packed_for_those_who_can_unpack(served: Served) -> None:
    plain, body = served.get(PAGE_AT)
    packed, small = served.get(PAGE_AT, GZIP)
    assert body.decode() == gzip.decompress(small).decode() == PAGE
    assert len(small) < len(body) / 5
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Content-Encoding"] is None
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["Content-Type"] == "text/html; charset=utf-8"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    assert plain.headers["Set-Cookie"] is None


def test_names_with_spaces_and_signs_are_found(served: Served) -> None:
    assert served.get(f"/content/others/{quote('a b/đ?.html')}")[1].decode() == PAGE
    assert served.get("/content/others/a%20b/%C4%91%3F.html")[0].status == 200


def test_head_has_the_headers_and_no_body(served: Served) -> None:
    head, nothing = served.get(SOUND_AT, method="HEAD")
    assert head.headers["Content-Length"] == str(len(SOUND))
    assert nothing == b""


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, len(SOUND) - 1),
        ("bytes=-50", len(SOUND) - 50, len(SOUND) - 1),
        ("bytes=5-5", 5, 5),
        ("bytes=5-99999999999", 5, len(SOUND) - 1),
    ],
)
def test_a_range_of_a_sound(served: Served, header: str, first: int, last: int) -> None:
    answer, body = served.get(SOUND_AT, {"Range": header})
    assert answer.status == 206
    assert body == SOUND[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(SOUND)}"


def test_several_ranges_come_as_multipart(served: Served) -> None:
    answer, body = served.get(SOUND_AT, {"Range": "bytes=0-9, 100-119,-5"})
    assert answer.status == 206
    kind, _, boundary = answer.headers["Content-Type"].partition("; boundary=")
    assert kind == "multipart/byteranges"
    parts = body.split(f"\r\n--{boundary}".encode())[1:]
    assert parts.pop() == b"--\r\n"
    contents = [part.split(b"\r\n\r\n", 1)[1] for part in parts]
    assert contents == [SOUND[:10], SOUND[100:120], SOUND[-5:]]
    assert b"Content-Range: bytes 100-119/3000000" in parts[1]


def test_a_range_beyond_the_end_is_416_and_an_odd_one_is_everything(served: Served) -> None:
    answer, _ = served.get(SOUND_AT, {"Range": "bytes=3000000-"})
    assert answer.status == 416
    assert answer.headers["Content-Range"] == "bytes */3000000"
    for odd in ("bytes=9-2", "pages=1-2", "bytes=", "bytes=" + ",".join(["0-1"] * 200)):
        assert served.get(SOUND_AT, {"Range": odd})[0].status == 200, odd


def test_what_a_phone_has_is_not_sent_again(served: Served) -> None:
    etag = served.get(SOUND_AT)[0].headers["ETag"]
    same, nothing = served.get(SOUND_AT, {"If-None-Match": f'"x", W/{etag}'})
    assert (same.status, nothing) == (304, b"")
    assert same.headers["ETag"] == etag
    assert served.get(SOUND_AT, {"If-None-Match": '"x"'})[0].status == 200
    part = {"Range": "bytes=0-1"}
    assert served.get(SOUND_AT, {**part, "If-Range": '"old"'})[0].status == 200
    assert served.get(SOUND_AT, {**part, "If-Range": etag})[0].status == 206


def test_an_address_with_its_version_is_kept_for_ever(served: Served) -> None:
    version = next(iter(served.library.glob("archives/*.zim"))).stem.removeprefix("others-")[:8]
    kept, _ = served.get(f"/content/others@{version}/dien.html")
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in served.get(PAGE_AT)[0].headers["Cache-Control"]
    old, _ = served.get("/content/others@00000000/dien.html")
    assert (old.status, old.headers["Location"]) == (302, PAGE_AT)


def test_redirects_inside_the_archive(served: Served) -> None:
    moved, _ = served.get("/content/others/old")
    assert (moved.status, moved.headers["Location"]) == (302, "/content/others/index.html")
    assert served.get("/raw/others/content/old")[0].status == 200
    assert served.get("/content/others")[0].headers["Location"] == "/content/others/index.html"
    assert served.get("/raw/others/meta/Title")[1] == b"Title"


def test_a_download_has_its_true_name(served: Served) -> None:
    answer, _ = served.get(f"{SOUND_AT}?download={quote('Chuyện Đèo.mp3')}")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="Chuyen Deo.mp3"; '
        "filename*=UTF-8''Chuy%E1%BB%87n%20%C4%90%C3%A8o.mp3"
    )
    evil, _ = served.get(f"{SOUND_AT}?download={quote(chr(13) + chr(10) + 'X: 1.exe')}")
    assert evil.headers["X"] is None
    assert evil.headers["Content-Disposition"].endswith(".exe.mp3")


def test_a_type_in_an_archive_cannot_add_a_header(served: Served) -> None:
    answer, _ = served.get("/content/others/odd")
    assert answer.headers["X-Evil"] is None
    assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "path", ["/content/nope/x", "/content/others/nope", "/nope", "/raw/others/meta/Nope", "/raw/x"]
)
def test_what_is_not_there_is_a_page_that_offers_search(served: Served, path: str) -> None:
    answer, body = served.get(path)
    assert answer.status == 404
    assert "Không có trang này" in body.decode()
    assert 'action="http://127.0.0.1:8080/search"' in body.decode()


def test_an_address_that_is_none_is_told_so(served: Served) -> None:
    assert served.get("/content/others/%ff%fe")[0].status == 400
    assert served.get("/content/others/a%00b")[0].status == 400
    refused, body = served.get(PAGE_AT, method="DELETE")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert "chỉ để đọc" in body.decode()


def test_markup_in_an_address_is_not_run(served: Served) -> None:
    body = served.get("/content/others/%3Cscript%3Ealert(1)%3C/script%3E")[1]
    assert b"<script>" not in body


def test_one_archives_origin_shows_no_other_and_no_catalogue(served: Served) -> None:
    own = {"Host": "z-others.content.localhost:8081"}
    answer, _ = served.get(PAGE_AT, own)
    assert answer.status == 200
    assert "allow-same-origin" in answer.headers["Content-Security-Policy"]
    for path in ("/content/elsewhere/x", "/raw/elsewhere/content/x"):
        moved, _ = served.get(path, own)
        assert moved.status == 302
        assert moved.headers["Location"] == f"http://z-elsewhere.content.localhost:8081{path}"
    assert served.get("/healthz", own)[0].status == 404
    bare, _ = served.get(PAGE_AT)
    rules = bare.headers["Content-Security-Policy"]
    assert rules.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in rules
    assert "allow-top-navigation" not in rules
