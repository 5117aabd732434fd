"""An archive is read in an origin of its own, and our pages name that origin and no other."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.builder.zim_item import EntryItem
from content.catalogue.records import Query
from content.library import change
from content.library.library import Library
from content.library.shelf import read_shelf_table
from kiosk.app import create_app
from kiosk.config import KioskConfig
from kiosk.origins import Names, bare_host, is_apart, label_of, policy
from kiosk.serving.message import Ask, Response
from kiosk.serving.routes import make_site
from tests.content.zim_maker import HTML, make_archive
from tests.kiosk.conftest import NOW

PLAIN = Names(8080, 8081)
NAMED = Names(80, 80, "diemdoc.lan", "sach.lan", "10.0.0.2")
HOSTILE_HOSTS = [
    "a\r\nSet-Cookie: x=1",
    "a; script-src *",
    "a b",
    "a,b",
    "user@a",
    "a/b",
    "a:port",
    "a:123456",
    "[::1",
    "[::1]]",
    "é.lan",
    "x" * 300,
    "'unsafe-inline'",
    "",
]


def rules_of(policy: str) -> dict[str, list[str]]:
    """Return the directives of a Content-Security-Policy."""
    return {one.split()[0]: one.split()[1:] for one in policy.split(";")}


@pytest.fixture
def served(library_root: Path) -> FlaskClient:
    """Return a phone at an app whose archive server stands on the next port."""
    config = KioskConfig(library=library_root, content_bind="127.0.0.1:8081")
    return create_app(config).test_client()


def test_an_archive_has_the_label_of_its_name_or_of_its_digest() -> None:
    assert label_of("diem-doc2") == "z-diem-doc2"
    for name in ("diemdoc_vi", "Sách", "a--b", "-a", "a-", "a.b", "a" * 43, ""):
        label = label_of(name)
        assert label.startswith("z--"), name
        assert len(label) <= 63
        assert label.isascii()


def test_no_archive_can_take_the_label_of_another() -> None:
    label = label_of("Sách")
    for imitator in (label, label.removeprefix("z-"), label.removeprefix("z--")):
        assert label_of(imitator) != label


@pytest.mark.parametrize(
    ("names", "host", "shared", "own", "sources"),
    [
        (
            *(PLAIN, "localhost:8080", "http://content.localhost:8081"),
            "http://z-a.content.localhost:8081",
            "http://content.localhost:8081 http://*.content.localhost:8081",
        ),
        (
            *(PLAIN, "127.0.0.1:8080", "http://127.0.0.1:8081"),
            *("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ),
        (
            *(PLAIN, "[::1]:8080", "http://[::1]:8081"),
            *("http://[::1]:8081", "http://[::1]:8081"),
        ),
        (
            *(PLAIN, "box.lan:8080", "http://box.lan:8081"),
            *("http://box.lan:8081", "http://box.lan:8081 http://*.box.lan:8081"),
        ),
        (
            *(NAMED, "diemdoc.lan", "http://sach.lan"),
            *("http://z-a.sach.lan", "http://sach.lan http://*.sach.lan"),
        ),
        (
            *(NAMED, "10.0.0.1", "http://10.0.0.2"),
            *("http://10.0.0.2", "http://10.0.0.2"),
        ),
        (
            *(Names(8080, 80), "localhost:8080", "http://content.localhost"),
            "http://z-a.content.localhost",
            "http://content.localhost http://*.content.localhost",
        ),
    ],
)
def test_each_name_of_the_app_has_its_archive_server(
    names: Names, host: str, shared: str, own: str, sources: str
) -> None:
    assert names.content(host) == shared
    assert names.archive(host, "a") == own
    assert names.sources(host) == sources


@pytest.mark.parametrize(
    ("names", "host", "label", "app"),
    [
        (PLAIN, b"content.localhost:8081", "", "http://localhost:8080"),
        (PLAIN, b"z-a.content.localhost:8081", "z-a", "http://localhost:8080"),
        (PLAIN, b"Z-A.Content.LOCALHOST:8081", "z-a", "http://localhost:8080"),
        (PLAIN, b"127.0.0.1:8081", "", "http://127.0.0.1:8080"),
        (PLAIN, b"[::1]:8081", "", "http://[::1]:8080"),
        (NAMED, b"sach.lan", "", "http://diemdoc.lan"),
        (NAMED, b"z-a.sach.lan", "z-a", "http://diemdoc.lan"),
        (NAMED, b"www.sach.lan", "", "http://www.sach.lan"),
        # A page below the app's own name could set cookies for the app.
        (NAMED, b"z-a.diemdoc.lan", "", "http://z-a.diemdoc.lan"),
        (PLAIN, b"z-a.localhost:8081", "", "http://z-a.localhost:8080"),
        (Names(8080, 0), b"z-a.content.localhost:8080", "", "http://z-a.content.localhost:8080"),
    ],
)
def test_the_archive_server_knows_where_a_request_came_to(
    names: Names, host: bytes, label: str, app: str
) -> None:
    found = names.origin(host)
    assert (found.host, found.label, found.app) == (host.decode().lower(), label, app)


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_a_hostile_host_header_reaches_no_header_of_ours(host: str, served: FlaskClient) -> None:
    found = PLAIN.origin(host.encode("latin-1", "replace"))
    assert (found.host, found.label, found.app) == ("", "", "")
    assert bare_host(host) == "localhost"
    assert PLAIN.sources(host) == PLAIN.sources("localhost")
    rules = policy(found, "a", "/content/a/")
    assert "'none'" in rules_of(rules)["default-src"]
    assert is_apart(rules)


def test_a_page_is_in_its_own_origin_only_under_its_own_name() -> None:
    own = policy(PLAIN.origin(b"z-a.content.localhost:8081"), "a", "/content/a/")
    other = policy(PLAIN.origin(b"z-a.content.localhost:8081"), "b", "/content/b/")
    shared = policy(PLAIN.origin(b"content.localhost:8081"), "a", "/content/a/")
    assert not is_apart(own)
    assert is_apart(other)
    assert is_apart(shared)
    for one in (own, other, shared):
        rights = rules_of(one)["sandbox"]
        assert not [right for right in rights if right.startswith(("allow-top", "allow-popups"))]
    assert rules_of(own)["frame-ancestors"] == ["'self'", "http://localhost:8080"]


def test_a_name_cannot_make_a_policy_look_open() -> None:
    rules = policy(PLAIN.origin(b"127.0.0.1:8081"), "allow-same-origin", "/allow-same-origin/")
    assert is_apart(rules)


def test_a_name_cannot_add_rules_to_the_policy() -> None:
    rules = policy(PLAIN.origin(b"127.0.0.1:8081"), "a", "/content/a; script-src */")
    assert set(rules_of(rules)) == {
        *("sandbox", "default-src", "form-action", "base-uri", "object-src")
    }


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080"])
def test_our_pages_name_the_archive_server_and_nothing_else(served: FlaskClient, host: str) -> None:
    archives = Names(8080, 8081).sources(host).split()
    for path in ("/", "/display", "/view/others/", "/search?q=x", "/nothing"):
        answer = served.get(path, headers={"Host": host})
        rules = rules_of(answer.headers["Content-Security-Policy"])
        assert rules["frame-src"] == archives, path
        assert rules["media-src"] == ["'self'", *archives]
        assert rules["img-src"] == ["'self'", "data:", *archives]
        assert rules["script-src"] == rules["connect-src"] == rules["form-action"] == ["'self'"]
        assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]


def test_the_frame_shows_the_archive_at_its_own_name(served: FlaskClient) -> None:
    named = served.get("/view/others/evil.html", headers={"Host": "localhost:8080"}).text
    assert 'src="http://z-others.content.localhost:8081/content/others@' in named
    bare = served.get("/view/others/evil.html", headers={"Host": "127.0.0.1:8080"}).text
    assert 'src="http://127.0.0.1:8081/content/others@' in bare
    for page in (named, bare):
        rights = page.partition('sandbox="')[2].partition('"')[0].split()
        assert not [one for one in rights if one.startswith(("allow-top", "allow-popups"))]


def test_a_path_cannot_lead_the_frame_out_of_the_archive_or_the_attribute(
    served: FlaskClient,
) -> None:
    page = served.get('/view/others/"><script>x</script>').text
    assert "<script>x" not in page
    assert served.get("/view/others//elsewhere.lan/").text.count("localhost:8081/content/") <= 1


def test_a_work_without_an_archive_is_not_found(odd_library: Path) -> None:
    config = KioskConfig(library=odd_library, content_bind="127.0.0.1:8081")
    client = create_app(config).test_client()
    library = Library(odd_library)
    paper = [one for one in library.summaries(Query()).items if not one.book]
    assert [one.title for one in paper] == ["Truyện Kiều"]
    assert client.get(f"/record/{paper[0].identifier}").status_code == 200
    assert client.get("/view/odd/").status_code == 200
    for path in (f"/view/{paper[0].identifier}/", "/view/nothing/", "/view/nothing/a/b.html"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "Không có trang này" in answer.text


def test_choices_are_kept_for_this_host_only(served: FlaskClient) -> None:
    headers = {"Origin": "http://localhost"}
    cookies = served.post("/display/theme/dark", headers=headers).headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    parts = {one.strip().partition("=")[0]: one.partition("=")[2] for one in cookies[0].split(";")}
    assert parts["SameSite"] == "Strict"
    assert "HttpOnly" in parts
    assert "Domain" not in parts


def asked(site_root: Path, target: str, host: str, **headers: str) -> Response:
    given = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    site = make_site(Library(site_root).books, PLAIN)
    answer = site.answer(Ask(b"GET", target.encode(), {b"host": host.encode(), **given}))
    assert isinstance(answer, Response)
    return answer


@pytest.fixture(scope="module")
def odd_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library of a paper book and an archive with what may run and a way out of itself."""
    base = tmp_path_factory.mktemp("odd")
    kinds = {
        "page.html": HTML,
        "code.js": "text/javascript",
        "feed.xml": "application/rss+xml",
        "sheet.xsl": "text/xsl",
        "sum.xml": "application/mathml+xml",
        "words.json": "application/json",
        "plain.txt": "text/plain",
        "drawing.svg": "image/svg+xml",
        "unknown": "application/octet-stream",
        "look.css": "text/css",
        "dot.png": "image/png",
        "tone.ogg": "audio/ogg",
        "film.webm": "video/webm",
        "letters.woff2": "font/woff2",
    }
    extra = [EntryItem(name, kind, "content") for name, kind in kinds.items()]
    extra.append(EntryItem("../out/secret.html", HTML, "out"))
    archive = make_archive(base / "odd.zim", extra=extra, redirects={"way": "../out/secret.html"})
    change.add(base / "library", [archive], now=NOW, report=lambda *_: None)
    table = base / "shelf.csv"
    table.write_text("nhan de,tac gia\nTruyện Kiều,Nguyễn Du\n", encoding="utf-8")
    books = read_shelf_table(table, place="Tủ 1", added="2026-11-24")
    change.import_shelf(base / "library", books, "Tủ 1", report=lambda *_: None)
    return base / "library"


@pytest.mark.parametrize("host", ["z-odd.content.localhost:8081", "127.0.0.1:8081"])
def test_whatever_may_run_has_the_policy_workers_too(odd_library: Path, host: str) -> None:
    inert = {"look.css", "dot.png", "tone.ogg", "film.webm", "letters.woff2"}
    active = {
        *("page.html", "code.js", "feed.xml", "sheet.xsl", "sum.xml", "words.json", "plain.txt"),
        *("drawing.svg", "unknown"),
    }
    for name in inert | active:
        headers = dict(asked(odd_library, f"/content/odd/{name}", host).headers)
        assert ("Content-Security-Policy" in headers) == (name in active), name
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_redirect_leads_out_of_an_archive(odd_library: Path) -> None:
    host = "127.0.0.1:8081"
    assert asked(odd_library, "/content/odd/old", host).status == 302
    for target in ("/content/odd/way", "/content/odd@0/..%2Fout%2Fsecret.html"):
        answer = asked(odd_library, target, host)
        assert answer.status == 404, target
        assert "Location" not in dict(answer.headers)


def test_no_archive_leaves_a_service_worker_behind(odd_library: Path) -> None:
    host = "z-odd.content.localhost:8081"
    assert asked(odd_library, "/content/odd/code.js", host).status == 200
    assert asked(odd_library, "/content/odd/code.js", host, service_worker="script").status == 404


def test_one_archives_origin_shows_no_other_archive(library_root: Path) -> None:
    answer = asked(library_root, "/content/others/index.html", "z-odd.content.localhost:8081")
    place = dict(answer.headers)["Location"]
    assert place == "http://z-others.content.localhost:8081/content/others/index.html"
    assert asked(library_root, "/healthz", "z-others.content.localhost:8081").status == 404
    assert asked(library_root, "/healthz", "content.localhost:8081").status == 200
