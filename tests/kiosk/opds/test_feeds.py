"""Reading apps walk both feeds to every work and get every file; the feeds keep their standards.

The walker of 2.0 knows nothing of our code but the address of the root; 1.2 is read by feedparser.
"""

import json
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from content.catalogue.records import Query
from content.library.library import Library
from content.readium import urn
from kiosk.app import create_app
from kiosk.config import KioskConfig
from tests.schemas import validator

FEED = "https://drafts.opds.io/schema/feed.schema.json"
PUBLICATION = "https://drafts.opds.io/schema/publication.schema.json"
MANIFEST = "https://readium.org/webpub-manifest/schema/publication.schema.json"
ACQUIRE = "http://opds-spec.org/acquisition/"


@pytest.fixture
def wanted(library_root: Path) -> set[str]:
    library = Library(library_root)
    found = library.summaries(Query(), limit=1000).items
    records = [library.record(one.identifier) for one in found]
    return {urn(record) for record in records if record is not None}


def get(client: FlaskClient, address: str) -> TestResponse:
    """Fetch as an app does: whole addresses, redirects followed within this test."""
    parts = urlsplit(address)
    assert parts.scheme == "http", address
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    answer = client.get(path)
    if answer.status_code == 302:
        return get(client, urljoin(address, answer.headers["Location"]))
    return answer


def rels(link: dict[str, Any]) -> list[str]:
    found = link.get("rel", [])
    return [found] if isinstance(found, str) else list(found)


def walk(client: FlaskClient) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Return every publication of the 2.0 feed by its identifier, and every page of the feed."""
    todo, seen = deque(["http://localhost/opds/v2"]), set()
    works: dict[str, dict[str, Any]] = {}
    pages = []
    while todo:
        address = todo.popleft()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address.removeprefix("http://localhost"))
        assert answer.status_code == 200, address
        assert answer.mimetype == "application/opds+json"
        page = json.loads(answer.data)
        pages.append(page)
        for one in page.get("publications", ()):
            works[one["metadata"]["identifier"]] = one
        ways = [*page.get("navigation", ()), *(x for x in page["links"] if "next" in rels(x))]
        ways += [link for group in page.get("facets", ()) for link in group["links"]]
        todo.extend(link["href"] for link in ways)
        assert len(seen) < 2000
    return works, pages


def test_an_app_walks_the_2_0_feed_to_every_work_and_gets_every_form(
    client: FlaskClient, wanted: set[str]
) -> None:
    works, _ = walk(client)
    assert set(works) == wanted
    kinds = set()
    for one in works.values():
        links = [x for x in one["links"] if any(rel.startswith(ACQUIRE) for rel in rels(x))]
        assert links
        for link in links:
            answer = get(client, link["href"])
            assert answer.status_code == 200, link
            assert len(answer.data) > 30
            assert answer.mimetype == link["type"].partition(";")[0], link
            if "size" in link:
                assert len(answer.data) == link["size"], link
            kinds.add(answer.mimetype)
        for image in one.get("images", ()):
            assert get(client, image["href"]).mimetype == image["type"]
    assert kinds >= {
        "application/epub+zip",
        "application/pdf",
        "audio/mp4",
        "image/png",
        "text/html",
        "application/webpub+json",
        "application/audiobook+json",
    }


def test_every_page_of_the_2_0_feed_keeps_the_public_schema(client: FlaskClient) -> None:
    works, pages = walk(client)
    assert len(pages) > 20
    for page in pages:
        assert [one.message for one in validator(FEED).iter_errors(page)] == []
    for one in works.values():
        own = next(link["href"] for link in one["links"] if rels(link) == ["self"])
        answer = get(client, own)
        assert answer.mimetype == "application/opds-publication+json"
        alone = json.loads(answer.data)
        assert [bad.message for bad in validator(PUBLICATION).iter_errors(alone)] == []
    nothing = json.loads(client.get("/opds/v2/search?query=khongco123").data)
    assert nothing["metadata"]["numberOfItems"] == 0
    assert [one.message for one in validator(FEED).iter_errors(nothing)] == []


def test_the_schema_refuses_a_broken_page(client: FlaskClient) -> None:
    page = json.loads(client.get("/opds/v2/works").data)
    page["publications"][0]["links"] = page["links"]
    assert list(validator(FEED).iter_errors(page))


def test_every_manifest_keeps_its_schema_and_leads_to_its_parts(client: FlaskClient) -> None:
    works, _ = walk(client)
    manifests = 0
    for one in works.values():
        for link in one["links"]:
            if not link["type"].endswith(("webpub+json", "audiobook+json")):
                continue
            manifests += 1
            manifest = json.loads(get(client, link["href"]).data)
            assert [bad.message for bad in validator(MANIFEST).iter_errors(manifest)] == []
            assert manifest["metadata"]["identifier"] == one["metadata"]["identifier"]
            for part in manifest["readingOrder"]:
                answer = get(client, part["href"])
                assert answer.status_code == 200
                assert answer.mimetype == part["type"].partition(";")[0]
    assert manifests >= 9


def test_feedparser_walks_the_1_2_feed_to_every_work(client: FlaskClient, wanted: set[str]) -> None:
    todo, seen, found = deque(["http://localhost/opds"]), set(), {}
    while todo:
        address = todo.popleft()
        if address in seen:
            continue
        seen.add(address)
        answer = get(client, address)
        parsed = feedparser.parse(answer.data)
        assert not parsed.bozo, (address, parsed.bozo_exception)
        assert parsed.feed.id
        assert parsed.feed.updated_parsed
        assert parsed.feed.links[0]["type"] == answer.headers["Content-Type"]
        todo.extend(x["href"] for x in parsed.feed.links if x["rel"] == "next")
        for entry in parsed.entries:
            got = [x for x in entry.links if x["rel"].startswith(ACQUIRE)]
            if got:
                found[entry.id] = entry
            else:
                todo.extend(x["href"] for x in entry.links if x["rel"] != "alternate")
    assert set(found) == wanted
    for entry in found.values():
        for link in entry.links:
            assert get(client, link["href"]).status_code == 200


def test_1_2_names_facets_pages_search_and_the_senses(client: FlaskClient) -> None:
    page = client.get("/opds/works?sort=new").text
    assert 'rel="http://opds-spec.org/facet"' in page
    assert 'opds:facetGroup="Loại"' in page
    assert 'opds:activeFacet="true"' in page
    assert "<opensearch:totalResults>11</opensearch:totalResults>" in page
    assert "<schema:accessMode>auditory</schema:accessMode>" in page
    assert 'rel="http://opds-spec.org/image/thumbnail"' in page
    description = client.get("/opds/search.xml").text
    assert "/opds/search?q={searchTerms}" in description
    hits = feedparser.parse(client.get("/opds/search?q=giot suong").data).entries
    assert hits[0].title.startswith("Con nai và giọt sương")


def test_lists_longer_than_a_page_turn(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, wanted: set[str]
) -> None:
    monkeypatch.setattr("kiosk.views.opds.PAGE_SIZE", 3)
    works, pages = walk(client)
    assert set(works) == wanted
    assert max(page["metadata"].get("currentPage", 0) for page in pages) == 4
    beyond = json.loads(client.get("/opds/v2/works?page=99").data)
    assert "previous" in {rel for link in beyond["links"] for rel in rels(link)}


@pytest.mark.parametrize(
    "address",
    [
        "/opds/by/nope",
        "/opds/entry/nope",
        "/opds/v2/entry/nope",
        "/opds/v2/manifest/nope",
        "/opds/v2/manifest/others",
    ],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_an_empty_library_and_hostile_words_are_still_feeds(
    empty: FlaskClient, client: FlaskClient
) -> None:
    for address in ("/opds", "/opds/works"):
        assert not feedparser.parse(empty.get(address).data).bozo
    for address in ("/opds/v2", "/opds/v2/works"):
        assert validator(FEED).is_valid(json.loads(empty.get(address).data))
    words = "<&\"'>\x00\x0b]]>"
    answer = client.get("/opds/search", query_string={"q": words})
    assert not feedparser.parse(answer.data).bozo
    answer = client.get("/opds/works", query_string={"subject": words, "sort": words})
    assert not feedparser.parse(answer.data).bozo


def test_feeds_speak_the_readers_language_and_the_points_name(library_root: Path) -> None:
    config = KioskConfig(library=library_root, point_name="Bản <Mẫu>", locale="en")
    client = create_app(config).test_client()
    assert json.loads(client.get("/opds/v2").data)["metadata"]["title"] == "Bản <Mẫu>"
    titles = [one["title"] for one in json.loads(client.get("/opds/v2").data)["navigation"]]
    assert "For children" in titles
