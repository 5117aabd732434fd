"""A feed as OPDS 1.2 (https://specs.opds.io/opds-1.2): Atom with links that apps know.

What a work asks of the senses is said in words of schema.org, in their own namespace.
"""

import re
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from content.readium import metadata, urn
from kiosk.opds.feed import Feed, Publication, Way

NAVIGATION_TYPE = "application/atom+xml;profile=opds-catalog;kind=navigation"
ACQUISITION_TYPE = "application/atom+xml;profile=opds-catalog;kind=acquisition"
ENTRY_TYPE = "application/atom+xml;type=entry;profile=opds-catalog"
SEARCH_TYPE = "application/opensearchdescription+xml"
ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/terms/}"
OPDS = "{http://opds-spec.org/2010/catalog}"
THREAD = "{http://purl.org/syndication/thread/1.0}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
SCHEMA = "{http://schema.org/}"
# Namespaces are written out under these names by every reader that compares them as text.
for _prefix, _name in {
    "": ATOM,
    "dc": DC,
    "opds": OPDS,
    "thr": THREAD,
    "opensearch": SEARCH,
    "schema": SCHEMA,
}.items():
    register_namespace(_prefix, _name[1:-1])
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_xml(feed: Feed) -> bytes:
    """Return a page of a feed."""
    kind = ACQUISITION_TYPE if feed.is_list else NAVIGATION_TYPE
    root = Element(f"{ATOM}feed")
    _text(root, f"{ATOM}id", feed.own)
    _text(root, f"{ATOM}title", feed.title)
    updated = feed.updated.strftime("%Y-%m-%dT%H:%M:%SZ")
    _text(root, f"{ATOM}updated", updated)
    _link(root, rel="self", href=feed.own, type=kind)
    _link(root, rel="start", href=feed.start, type=NAVIGATION_TYPE)
    _link(root, rel="search", href=feed.search, type=SEARCH_TYPE)
    if feed.own != feed.start:
        _link(root, rel="up", href=feed.start, type=NAVIGATION_TYPE)
    if feed.is_list:
        for rel, href in feed.turns().items():
            _link(root, rel=rel, href=href, type=ACQUISITION_TYPE)
        _text(root, f"{SEARCH}totalResults", str(feed.total))
        _text(root, f"{SEARCH}itemsPerPage", str(feed.per_page))
        _text(root, f"{SEARCH}startIndex", str((feed.page - 1) * feed.per_page + 1))
        for group in feed.facets:
            for way in group.ways:
                _facet(root, group.title, way)
    for way in feed.navigation:
        _way(root, way, updated)
    for one in feed.publications:
        _work(root, one, updated)
    return _bytes(root)


def entry_xml(one: Publication, updated: str) -> bytes:
    """Return the entry of one work by itself.

    Args:
        updated: Instant the library last changed, RFC 3339.
    """
    return _bytes(_work(None, one, updated))


def search_xml(title: str, template: str) -> bytes:
    """Return how to search, for apps (OpenSearch 1.1).

    Args:
        template: Address with `{searchTerms}` in it.
    """
    root = Element("OpenSearchDescription", xmlns=SEARCH[1:-1])
    _text(root, "ShortName", title[:16])
    _text(root, "Description", title)
    _text(root, "InputEncoding", "UTF-8")
    SubElement(root, "Url", type=ACQUISITION_TYPE, template=template)
    return _bytes(root)


def _bytes(root: Element) -> bytes:
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()


def _text(parent: Element, name: str, words: str) -> Element:
    made = SubElement(parent, name)
    made.text = _FORBIDDEN.sub("", words)
    return made


def _link(parent: Element, **attributes: str) -> Element:
    kept = {name: _FORBIDDEN.sub("", value) for name, value in attributes.items() if value}
    return SubElement(parent, f"{ATOM}link", kept)


def _facet(root: Element, group: str, way: Way) -> None:
    link = _link(
        root,
        rel="http://opds-spec.org/facet",
        href=way.href,
        title=way.title,
        type=ACQUISITION_TYPE,
    )
    link.set(f"{OPDS}facetGroup", _FORBIDDEN.sub("", group))
    if way.active:
        link.set(f"{OPDS}activeFacet", "true")
    if way.count is not None:
        link.set(f"{THREAD}count", str(way.count))


def _way(root: Element, way: Way, updated: str) -> None:
    entry = SubElement(root, f"{ATOM}entry")
    _text(entry, f"{ATOM}id", way.href)
    _text(entry, f"{ATOM}title", way.title)
    _text(entry, f"{ATOM}updated", updated)
    _text(entry, f"{ATOM}content", way.title).set("type", "text")
    kind = ACQUISITION_TYPE if way.lists else NAVIGATION_TYPE
    link = _link(entry, rel=way.rel or "subsection", href=way.href, type=kind)
    if way.count is not None:
        link.set(f"{THREAD}count", str(way.count))


def _work(root: Element | None, one: Publication, updated: str) -> Element:
    name = f"{ATOM}entry"
    entry = Element(name) if root is None else SubElement(root, name)
    record = one.record
    _text(entry, f"{ATOM}id", urn(record))
    _text(entry, f"{ATOM}title", record.title)
    _text(entry, f"{ATOM}updated", f"{one.added}T00:00:00Z" if one.added else updated)
    for role, names in (("author", record.creator), ("contributor", record.contributor)):
        for person in names:
            _text(SubElement(entry, f"{ATOM}{role}"), f"{ATOM}name", person)
    for tag in record.language:
        _text(entry, f"{DC}language", tag)
    said = {"publisher": record.publisher, "issued": record.date, "isPartOf": record.collection}
    for term, value in said.items():
        if value:
            _text(entry, f"{DC}{term}", value)
    if rights := record.rights or record.licence:
        _text(entry, f"{ATOM}rights", rights)
    for subject in record.subject:
        category = SubElement(entry, f"{ATOM}category")
        category.set("term", _FORBIDDEN.sub("", subject))
        category.set("label", _FORBIDDEN.sub("", subject))
    if record.description:
        _text(entry, f"{ATOM}summary", record.description)
    _accessibility(entry, one)
    _links(entry, one)
    return entry


def _accessibility(entry: Element, one: Publication) -> None:
    said = metadata(one.record).get("accessibility", {})
    for mode in said.get("accessMode", ()):
        _text(entry, f"{SCHEMA}accessMode", mode)
    for feature in said.get("feature", ()):
        _text(entry, f"{SCHEMA}accessibilityFeature", feature)


def _links(entry: Element, one: Publication) -> None:
    _link(entry, rel="alternate", href=one.page, type="text/html")
    _link(entry, rel="self", href=one.own, type=ENTRY_TYPE)
    if one.images:
        widest, address = one.images[-1]
        _link(entry, rel="http://opds-spec.org/image", href=address, type=widest.media_type)
        smallest, address = one.images[0]
        rel = "http://opds-spec.org/image/thumbnail"
        _link(entry, rel=rel, href=address, type=smallest.media_type)
    for way in one.acquisitions:
        _link(
            entry,
            rel=way.rel,
            href=way.href,
            type=way.media_type,
            title=way.title,
            length=str(way.size_bytes) if way.size_bytes else "",
        )
