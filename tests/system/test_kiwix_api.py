"""Our answers are kiwix-serve's, field by field, on the same archives; every difference is meant.

Meant differences from Debian 12's kiwix-serve 3.3, each with its reason:

- addresses: `/content/NAME/...` as kiwix-serve has it since 3.5, not `/NAME/...` (which leads
  there); an illustration is named by UUID (3.5), not by NAME;
- ids of feeds are `urn:uuid:` made of their address, and `updated` is when the library changed, so
  that answers have a stable tag; 3.3 sends the time of day and `no-store`;
- the page's numbers stand twice, bare (Kiwix's apps) and as OpenSearch has them; 3.3 leaves them
  out where nothing is asked for;
- a redirect under `/raw/` is followed to its raw target; 3.3 leads to the page with its toolbar;
- an archive in two languages counts in each (as since 3.6), not as a language "vie,eng";
- `/catalog/root.xml` lists the archives; 3.3 sends an empty feed;
- what a search without an archive's name means is all archives; one whose archive is unknown is 404
  (3.3: 400), and an archive without a full-text index is searched by its titles (3.3: 404);
- `totalResults` of a search is a plain number (3.3: "3,449"), and there is no wordCount, which
  libzim does not give in Python; the number is an estimate in both until the last page;
- `value` and `path` of a suggestion are plain text (3.3 escapes them as HTML, its `label` twice),
  and the last label is Vietnamese;
- words typed without accents find d and đ alike.
"""

import html
import json
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, unquote

import feedparser
import pytest
from libzim.reader import Archive

from content.library import change
from tests.content.kiwix_maker import Article, articles, make_indexed
from tests.kiosk.conftest import NOW

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / ".venv" / "kiwix-client"
START_S = 15
ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/terms/}"
FIELDS = (
    "id title updated summary language name flavour category tags articleCount mediaCount"
).split()
COUNT = 650


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    base = tmp_path_factory.mktemp("kiwix")
    odd = Article("a&b ?#'.html", "Chợ & <phiên>", "Ngày xưa ở chợ phiên.")
    return [
        make_indexed(
            base / "lai-chau.zim",
            [odd, *articles(COUNT)],
            metadata={"Tags": "wikipedia;_category:wikipedia;nopic", "Flavour": "maxi"},
        ),
        make_indexed(
            base / "song.zim",
            articles(60, seed=2),
            metadata={"Language": "eng", "Tags": "nodet;novid", "Title": "Sông & <suối>"},
        ),
        make_indexed(
            base / "khac.zim",
            articles(30, seed=3),
            metadata={"Tags": "_category:gutenberg;_ftindex", "Creator": "Ai đó"},
        ),
    ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            fetch(address)
        except OSError:
            assert time.monotonic() < deadline, f"{address} does not answer"
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="module")
def kiwix(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the archives with kiwix-serve and return the address."""
    programs = [shutil.which(name) for name in ("kiwix-serve", "kiwix-manage")]
    assert all(programs), "kiwix-tools are missing; script/setup installs them"
    library = tmp_path_factory.mktemp("kiwix-library") / "library.xml"
    for file in files:
        subprocess.run([str(programs[1]), str(library), "add", str(file)], check=True)
    port = free_port()
    command = [str(programs[0]), "--address", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--library", str(library)], stdout=subprocess.DEVNULL
    ) as running:
        try:
            wait_for(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


@pytest.fixture(scope="module")
def ours(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the archives with our archive server and search process and return the address."""
    base = tmp_path_factory.mktemp("ours")
    done = change.add(base / "library", files, now=NOW, report=lambda *_: None)
    assert [one.did for one in done] == ["added"] * len(files), done
    port, app_port = free_port(), free_port()
    common = [sys.executable, "-m", "kiosk", "serve", "--library", str(base / "library")]
    common += ["--bind", f"127.0.0.1:{app_port}", "--content-bind", f"127.0.0.1:{port}"]
    common += ["--search-socket", str(base / "search")]
    with ExitStack() as stack:
        for part in ("search", "content"):
            running = stack.enter_context(
                subprocess.Popen([*common, "--part", part], cwd=ROOT, stdout=subprocess.DEVNULL)
            )
            stack.callback(running.terminate)
        wait_for(f"http://127.0.0.1:{port}/healthz")
        wait_for(f"http://127.0.0.1:{port}/search?pattern=a")
        yield f"http://127.0.0.1:{port}"


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:
        content: bytes = answer.read()
    return content


def status(address: str) -> int:
    try:
        fetch(address)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return 200


def repaired(feed: bytes) -> ET.Element:
    """Return a feed as XML; 3.3 leaves & unescaped in `href` and `template`."""
    return ET.fromstring(re.sub(rb"&(?!amp;|lt;|gt;|quot;|apos;|#)", b"&amp;", feed))


def entries(base: str, query: str = "") -> dict[str, ET.Element]:
    feed = repaired(fetch(f"{base}/catalog/v2/entries?{query}"))
    return {str(one.findtext(f"{ATOM}id")): one for one in feed.iterfind(f"{ATOM}entry")}


def fields(entry: ET.Element) -> dict[str, str | None]:
    found: dict[str, str | None] = {name: entry.findtext(f"{ATOM}{name}") or "" for name in FIELDS}
    found["author"] = entry.findtext(f"{ATOM}author/{ATOM}name")
    found["publisher"] = entry.findtext(f"{ATOM}publisher/{ATOM}name")
    found["issued"] = entry.findtext(f"{DC}issued")
    picture = entry.find(f"{ATOM}link[@rel='http://opds-spec.org/image/thumbnail']")
    found["picture"] = None if picture is None else picture.get("type")
    return found


def test_every_field_of_every_entry(kiwix: str, ours: str) -> None:
    theirs, own = entries(kiwix), entries(ours)
    assert len(own) == 3
    assert own.keys() == theirs.keys()
    for key, entry in own.items():
        assert fields(entry) == fields(theirs[key])
        uuid = key.removeprefix("urn:uuid:")
        alone = ET.fromstring(fetch(f"{ours}/catalog/v2/entry/{uuid}"))
        assert fields(alone) == fields(entry)
        name = entry.findtext(f"{ATOM}name")
        link = entry.find(f"{ATOM}link[@type='text/html']")
        assert link is not None
        assert link.get("href") == f"/content/{name}"
        own_picture = fetch(f"{ours}/catalog/v2/illustration/{uuid}/?size=48")
        assert own_picture == fetch(f"{kiwix}/catalog/v2/illustration/{name}/?size=48")
        for size in (96, 32):
            assert status(f"{ours}/catalog/v2/illustration/{uuid}/?size={size}") == 404


@pytest.mark.parametrize(
    "query",
    [
        "lang=vie",
        "lang=eng",
        "lang=fra",
        "name=song",
        "name=none",
        "category=wikipedia",
        "category=gutenberg",
        "tag=wikipedia",
        "tag=_pictures:no",
        "tag=_ftindex:yes",
        "notag=wikipedia",
        "tag=_details:no;_videos:no",
        "maxsize=1",
        "maxsize=99999999",
        "q=sach",
        "q=lai-chau",
        "q=song",
        "q=zzz",
        "q=sach&lang=vie&notag=wikipedia",
    ],
)
def test_the_same_archives_fit(kiwix: str, ours: str, query: str) -> None:
    assert entries(ours, query).keys() == entries(kiwix, query).keys()
    for base in (ours, kiwix):
        legacy = repaired(fetch(f"{base}/catalog/search?{query}"))
        found = {one.findtext(f"{ATOM}id") for one in legacy.iterfind(f"{ATOM}entry")}
        assert found == entries(ours, query).keys()


@pytest.mark.parametrize(
    "query", ["lang=vie", "count=2", "start=1", "count=2&start=2", "count=0", "start=9"]
)
def test_pages_have_the_same_numbers(kiwix: str, ours: str, query: str) -> None:
    for path in ("entries", "partial_entries"):
        pair = [repaired(fetch(f"{one}/catalog/v2/{path}?{query}")) for one in (ours, kiwix)]
        for name in ("totalResults", "startIndex", "itemsPerPage"):
            own, theirs = (one.findtext(f"{ATOM}{name}") for one in pair)
            assert own == theirs, name
        own_count, their_count = (len(one.findall(f"{ATOM}entry")) for one in pair)
        assert own_count == their_count


def test_languages_categories_and_descriptions(kiwix: str, ours: str) -> None:
    for path in ("languages", "categories", "root.xml"):
        pair = [repaired(fetch(f"{one}/catalog/v2/{path}")) for one in (ours, kiwix)]
        own, theirs = (
            {
                (
                    one.findtext(f"{ATOM}title"),
                    one.findtext(f"{DC}language"),
                    one.findtext("{http://purl.org/syndication/thread/1.0}count"),
                    link.get("href"),
                    link.get("rel"),
                    link.get("type"),
                )
                for one in feed.iterfind(f"{ATOM}entry")
                for link in one.iterfind(f"{ATOM}link")
            }
            for feed in pair
        )
        assert own == theirs
        assert own
    for path in ("catalog/v2/searchdescription.xml", "catalog/searchdescription.xml"):
        own_fields, their_fields = (
            {
                field
                for one in repaired(fetch(f"{base}/{path}"))
                for field in re.findall(r"[?&](\w+)=", one.get("template", ""))
            }
            for base in (ours, kiwix)
        )
        assert their_fields
        assert their_fields <= own_fields


def suggestions(base: str, term: str) -> set[tuple[str, str]]:
    rows = json.loads(fetch(f"{base}/suggest?content=lai-chau&term={quote(term)}&count=100"))
    assert rows[-1]["kind"] == "pattern"
    assert html.unescape(rows[-1]["value"]) == f"{term} "
    values = [html.unescape(row["value"]) for row in rows[:-1]]
    for value, row in zip(values, rows[:-1], strict=True):
        label = re.sub("</?b>", "", html.unescape(row["label"]))
        assert html.unescape(label) == value
    return {
        (value, html.unescape(row["path"])) for value, row in zip(values, rows[:-1], strict=True)
    }


@pytest.mark.parametrize(
    "term", ["điện biên la", "thảo điện", "bản lai bi", "núi núi s", "chợ & <ph", "zzz"]
)
def test_the_same_suggestions(kiwix: str, ours: str, term: str) -> None:
    own = suggestions(ours, term)
    assert own == suggestions(kiwix, term)
    assert len(own) < 100
    assert own or term == "zzz"


def test_suggestions_without_accents_find_more(kiwix: str, ours: str) -> None:
    assert suggestions(ours, "dien bien la") >= suggestions(kiwix, "điện biên la")


def hits(base: str, query: str) -> tuple[int, set[tuple[str, str, str]]]:
    """Return the total, and the path, title and book of each hit."""
    channel = ET.fromstring(fetch(f"{base}/search?format=xml&{query}")).find("channel")
    assert channel is not None
    total = str(channel.findtext("{http://a9.com/-/spec/opensearch/1.1/}totalResults"))
    found = {
        (
            unquote(str(one.findtext("link"))).removeprefix("/content"),
            str(one.findtext("title")),
            str(one.findtext("book/title")),
        )
        for one in channel.iterfind("item")
    }
    return int(total.replace(",", "")), found


@pytest.mark.parametrize(
    "words", ["thảo", "Điện Biên", "chợ phiên", "đèo núi suối lúa", "ngày xưa", "zzz"]
)
def test_the_same_hits_for_words_with_accents(kiwix: str, ours: str, words: str) -> None:
    for name in ("song", "lai-chau"):
        own_total, own = all_hits(ours, name, words)
        _, theirs = all_hits(kiwix, name, words)
        assert own == theirs
        assert own_total == len(own)
        assert own or words in ("ngày xưa", "zzz")


def all_hits(base: str, name: str, words: str) -> tuple[int, set[tuple[str, str, str]]]:
    """Return the total that the last page gives, and all hits, 140 a page as kiwix-serve does."""
    found: set[tuple[str, str, str]] = set()
    start, total = 1, 1
    while start <= total:
        query = f"content={name}&pattern={quote(words)}&pageLength=140&start={start}"
        total, some = hits(base, query)
        found |= some
        start += 140
    return total, found


def test_all_archives_together(kiwix: str, ours: str) -> None:
    words = quote("đèo núi suối lúa chợ phiên rừng sông nương bản đà lai quả")
    query = f"pattern={words}&pageLength=140"
    own_total, own = hits(ours, query)
    assert 20 < own_total == len(own) < 140
    assert own == hits(kiwix, query)[1]
    assert len({book for _, _, book in own}) > 1


def test_a_random_page_is_an_entry(ours: str, files: list[Path]) -> None:
    archive = Archive(files[0])
    for _ in range(10):
        with urllib.request.urlopen(f"{ours}/random?content=lai-chau", timeout=10) as answer:
            path = unquote(answer.url.partition("/content/lai-chau/")[2])
            assert answer.read() == bytes(archive.get_entry_by_path(path).get_item().content)


def test_600_bodies_byte_for_byte(kiwix: str, ours: str, files: list[Path]) -> None:
    archive = Archive(files[0])
    paths = [
        str(archive._get_entry_by_id(number).path)
        for number in range(archive.all_entry_count)
        if archive.has_entry_by_path(archive._get_entry_by_id(number).path)
        and not archive._get_entry_by_id(number).is_redirect
    ]
    chosen = random.Random(7).sample(sorted(set(paths)), 600)
    for path in chosen:
        place = f"raw/lai-chau/content/{quote(path)}"
        assert fetch(f"{ours}/{place}") == fetch(f"{kiwix}/{place}"), path


@pytest.mark.parametrize(
    ("target", "their_status", "own_status"),
    [
        ("suggest?content=none&term=a", 404, 404),
        ("random?content=none", 404, 404),
        ("search?content=song&pattern=", 400, 400),
        ("search?content=none&pattern=a", 400, 404),
        ("catalog/v2/entry/none", 404, 404),
        ("catalog/v2/nothing", 404, 404),
        ("raw/song/content/none", 404, 404),
    ],
)
def test_what_is_not_there(
    kiwix: str, ours: str, target: str, their_status: int, own_status: int
) -> None:
    assert status(f"{kiwix}/{target}") == their_status
    assert status(f"{ours}/{target}") == own_status


def test_feedparser_accepts_the_feeds(ours: str) -> None:
    for path in ("v2/entries", "v2/root.xml", "v2/languages", "root.xml", "v2/partial_entries"):
        found = feedparser.parse(fetch(f"{ours}/catalog/{path}"))
        assert not found.bozo, found.get("bozo_exception")
        assert found.version == "atom10"
    found = feedparser.parse(fetch(f"{ours}/catalog/v2/entries"))
    assert [one.title for one in found.entries] == sorted(one.title for one in found.entries)
    assert found.feed.opensearch_totalresults == "3"
    results = feedparser.parse(fetch(f"{ours}/search?format=xml&pattern={quote('suối')}"))
    assert not results.bozo
    assert results.version == "rss20"
    assert len(results.entries) == 25


def test_a_kiwix_client_of_others_works(ours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CLIENT.is_dir(), "script/setup installs the Kiwix client of others"
    monkeypatch.syspath_prepend(str(CLIENT))
    from kiwix_client import KiwixClient  # noqa: PLC0415 -- it is outside the environment

    with KiwixClient(ours) as client:
        books = {one.slug: one for one in client.list_books()}
        assert books.keys() == {"lai-chau", "song", "khac"}
        assert books["lai-chau"].article_count == COUNT + 2
        assert books["song"].title == "Sông & <suối>"
        found = client.search(pattern="chợ phiên", books="lai-chau", start=0)
        assert found.total > 25
        assert len(found.results) == 25
        assert found.results[0].snippet
        page = client.fetch_article(found.results[0].url)
        assert found.results[0].title in page
        titles = [one.title for one in client.suggest("dien bien", "lai-chau")]
        assert titles
        assert all("Điện" in one or "Biên" in one for one in titles)
