"""A feed as OPDS 2.0 (https://drafts.opds.io/opds-2.0): JSON in the words of Readium."""

from typing import Any

from content.readium import cover_link, metadata
from kiosk.opds.feed import Feed, Publication, Way

FEED_TYPE = "application/opds+json"
PUBLICATION_TYPE = "application/opds-publication+json"


def feed_json(feed: Feed) -> dict[str, Any]:
    """Return a page of a feed as JSON data.

    A list without works leads back to the start: an empty list is not allowed (feed.schema.json).
    """
    said: dict[str, Any] = {
        "title": feed.title,
        "modified": feed.updated.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if feed.is_list:
        said |= {
            "numberOfItems": feed.total,
            "itemsPerPage": feed.per_page,
            "currentPage": feed.page,
        }
    made: dict[str, Any] = {"metadata": said, "links": _links(feed)}
    if feed.publications:
        made["publications"] = [publication_json(one) for one in feed.publications]
    else:
        ways = feed.navigation or (Way(feed.start, feed.title, lists=False),)
        made["navigation"] = [_way(one) for one in ways]
    if feed.facets:
        made["facets"] = [
            {"metadata": {"title": group.title}, "links": [_facet(one) for one in group.ways]}
            for group in feed.facets
        ]
    return made


def publication_json(one: Publication) -> dict[str, Any]:
    """Return a work by itself as JSON data."""
    links = [
        {"rel": "self", "href": one.own, "type": PUBLICATION_TYPE},
        {"rel": "alternate", "href": one.page, "type": "text/html"},
    ]
    for way in one.acquisitions:
        link: dict[str, Any] = {"rel": way.rel, "href": way.href, "type": way.media_type}
        if way.title:
            link["title"] = way.title
        if way.size_bytes:
            link["size"] = way.size_bytes
        links.append(link)
    made: dict[str, Any] = {"metadata": metadata(one.record), "links": links}
    if one.images:
        addresses = {picture.path: address for picture, address in one.images}
        made["images"] = [cover_link(picture, addresses.__getitem__) for picture, _ in one.images]
    return made


def _links(feed: Feed) -> list[dict[str, Any]]:
    links: list[dict[str, Any]] = [
        {"rel": "self", "href": feed.own, "type": FEED_TYPE},
        {"rel": "start", "href": feed.start, "type": FEED_TYPE},
        {"rel": "search", "href": feed.search, "type": FEED_TYPE, "templated": True},
    ]
    turns = feed.turns().items()
    return links + [{"rel": rel, "href": href, "type": FEED_TYPE} for rel, href in turns]


def _way(way: Way) -> dict[str, Any]:
    made: dict[str, Any] = {"href": way.href, "title": way.title, "type": FEED_TYPE}
    if way.rel:
        made["rel"] = way.rel
    if way.count is not None:
        made["properties"] = {"numberOfItems": way.count}
    return made


def _facet(way: Way) -> dict[str, Any]:
    return _way(way) | ({"rel": "self"} if way.active else {})
