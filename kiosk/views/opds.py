"""Feeds of works for reading apps: OPDS 1.2 at `/opds`, OPDS 2.0 at `/opds/v2`, manifests of works.

The archives themselves are another feed, kiwix-serve's, at `/catalog/` (kiosk/serving/catalog.py).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, request

from content.catalogue.fields import FIELDS
from content.catalogue.records import Query
from content.catalogue.summary import Summary
from content.library.results import page_from_json
from content.readium import AUDIOBOOK_TYPE, WEBPUB_TYPE, manifest
from content.terms import Form, Record
from kiosk.i18n import translate as _
from kiosk.opds import atom, opds2
from kiosk.opds.feed import Facets, Feed, Publication, Way, publication
from kiosk.ui.languages import own_name
from kiosk.views.context import (
    PAGE_SIZE,
    ask_search,
    config,
    content_address,
    library,
    page_number,
    query_from_address,
    record_or_404,
)

bp = Blueprint("opds", __name__)
V1, V2 = "/opds", "/opds/v2"
BROWSED = ("collection", "subject", "creator", "place", "form", "language")
NARROWED = ("form", "language", "audience", "collection")
# A field with one value in a list does not narrow it; so many values are worth a choice.
MOST_VALUES = 12


@bp.get(V1, defaults={"version": V1}, strict_slashes=False)
@bp.get(V2, defaults={"version": V2}, strict_slashes=False)
def start(version: str) -> Response:
    """Show the ways into the library."""
    held = library()
    ways = [
        _way(version, _("New here"), sort="new", rel="http://opds-spec.org/sort/new"),
        _way(version, _("For children"), audience="children"),
        _way(version, _("To listen"), form=str(Form.AUDIOBOOK)),
        _way(version, _("All works"), sort="title"),
    ]
    ways += [
        Way(_address(f"{version}/by/{name}"), _field_word(name), lists=False)
        for name in BROWSED
        if held.counts(name)
    ]
    return _answer(version, _feed(version, config().point_name, navigation=tuple(ways)))


@bp.get(f"{V1}/by/<name>", defaults={"version": V1})
@bp.get(f"{V2}/by/<name>", defaults={"version": V2})
def by(version: str, name: str) -> Response:
    """Show every value of a field, most works first."""
    if name not in BROWSED:
        abort(404)
    ways = tuple(
        replace(_way(version, _value_word(name, value), **{name: value}), count=works)
        for value, works in library().counts(name)
    )
    return _answer(version, _feed(version, _field_word(name), navigation=ways))


@bp.get(f"{V1}/works", defaults={"version": V1})
@bp.get(f"{V2}/works", defaults={"version": V2})
def works(version: str) -> Response:
    """List works, narrowed and in order as the address says."""
    query, page = query_from_address(), page_number()
    found = library().summaries(query, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    facets = (_sorts(version, query), *_narrowings(version, query))
    chosen = [_value_word(name, value) for name in FIELDS if (value := getattr(query, name))]
    title = ", ".join(chosen) or _("All works")
    return _answer(version, _list(version, title, found.items, found.total, facets))


@bp.get(f"{V1}/search", defaults={"version": V1})
@bp.get(f"{V2}/search", defaults={"version": V2})
def search(version: str) -> Response:
    """List the works in which words are found, best first."""
    words, page = request.args.get("q", request.args.get("query", ""))[:1000], page_number()
    job = {"do": "search", "words": words, "limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE}
    found = page_from_json(ask_search({**job, "query": asdict(query_from_address())}))
    hits = [one.summary for one in found.hits]
    return _answer(version, _list(version, words or _("Search"), hits, found.total, ()))


@bp.get(f"{V1}/search.xml")
def search_description() -> Response:
    """Say how to search, for apps."""
    template = _address(f"{V1}/search") + "?q={searchTerms}"
    return Response(atom.search_xml(config().point_name, template), content_type=atom.SEARCH_TYPE)


@bp.get(f"{V1}/entry/<identifier>", defaults={"version": V1})
@bp.get(f"{V2}/entry/<identifier>", defaults={"version": V2})
def work(version: str, identifier: str) -> Response:
    """Show one work."""
    found = _publication(version, record_or_404(identifier))
    if version == V2:
        return _json(opds2.publication_json(found), opds2.PUBLICATION_TYPE)
    changed = library().books.changed.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Response(atom.entry_xml(found, changed), content_type=atom.ENTRY_TYPE)


@bp.get(f"{V2}/manifest/<identifier>")
def web_publication(identifier: str) -> Response:
    """Show the Readium manifest of a work with parts: what an app plays or turns over."""
    found = record_or_404(identifier)
    book = library().book(identifier)
    if not book or not found.parts:
        abort(404)
    made = manifest(found, lambda path: _content(book, path), _address(request.path))
    is_heard = found.form == Form.AUDIOBOOK
    return _json(made, AUDIOBOOK_TYPE if is_heard else WEBPUB_TYPE)


def _list(
    version: str,
    title: str,
    items: Sequence[Summary],
    total: int,
    facets: tuple[Facets, ...],
) -> Feed:
    works = [(one, library().record(one.identifier)) for one in items]
    publications = [
        _publication(version, record, one.added) for one, record in works if record is not None
    ]
    return replace(
        _feed(version, title),
        publications=tuple(publications),
        facets=facets,
        is_list=True,
        total=total,
        page=page_number(),
        per_page=PAGE_SIZE,
        turn=lambda page: _address(request.path, **{**_asked(), "page": str(page)}),
    )


def _feed(version: str, title: str, navigation: tuple[Way, ...] = ()) -> Feed:
    search = f"{V1}/search.xml" if version == V1 else f"{V2}/search"
    return Feed(
        title=title,
        own=_address(request.path.rstrip("/"), **_asked()),
        start=_address(version),
        search=_address(search) + ("{?query}" if version == V2 else ""),
        updated=library().books.changed,
        navigation=navigation,
    )


def _publication(version: str, record: Record, added: str = "") -> Publication:
    book = library().book(record.identifier)
    return publication(
        record,
        origin=_origin(),
        version=version,
        content=(lambda path: _content(book, path)) if book else None,
        added=added,
    )


def _sorts(version: str, query: Query) -> Facets:
    kinds = (("title", _("A to Z")), ("new", _("New ones")), ("creator", _("By author")))
    chosen = {name: getattr(query, name) for name in FIELDS}
    ways = tuple(
        replace(
            _way(version, words, **{**chosen, "sort": kind}),
            active=kind == (query.sort or kinds[0][0]),
        )
        for kind, words in kinds
    )
    return Facets(_("Order"), ways)


def _narrowings(version: str, query: Query) -> list[Facets]:
    groups = []
    chosen = {name: getattr(query, name) for name in (*FIELDS, "sort")}
    for name in NARROWED:
        values = library().counts(name, query)
        now = getattr(query, name)
        if len(values) < 2 and not now:
            continue
        ways = [
            replace(
                _way(version, _value_word(name, value), **{**chosen, name: value}),
                count=works,
                active=value == now,
            )
            for value, works in values[:MOST_VALUES]
        ]
        if now:
            ways.append(_way(version, _("All"), **{**chosen, name: ""}))
        if ways:
            groups.append(Facets(_field_word(name), tuple(ways)))
    return groups


def _way(version: str, title: str, *, rel: str = "", **chosen: str) -> Way:
    return Way(_address(f"{version}/works", **chosen), title, rel=rel)


def _answer(version: str, feed: Feed) -> Response:
    if version == V2:
        return _json(opds2.feed_json(feed), opds2.FEED_TYPE)
    kind = atom.ACQUISITION_TYPE if feed.is_list else atom.NAVIGATION_TYPE
    return Response(atom.feed_xml(feed), content_type=kind)


def _json(data: dict[str, Any], media_type: str) -> Response:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(text, content_type=media_type)


def _asked() -> dict[str, str]:
    """Return what the address asks for, as far as a feed heeds it."""
    heeded = (*FIELDS, "sort", "q", "query", "page")
    return {name: value[:1000] for name, value in request.args.items() if name in heeded}


def _origin() -> str:
    return request.host_url.rstrip("/")


def _address(path: str, **chosen: str) -> str:
    asked = urlencode({name: value for name, value in chosen.items() if value})
    return _origin() + quote(path) + (f"?{asked}" if asked else "")


def _content(book: str, path: str) -> str:
    address = content_address(book, path)
    return address if address.startswith("http") else _origin() + address


def _field_word(name: str) -> str:
    return {
        "collection": _("Collections"),
        "subject": _("Subjects"),
        "creator": _("People"),
        "place": _("Places"),
        "form": _("Kinds"),
        "audience": _("For whom"),
        "language": _("Languages"),
    }[name]


def _value_word(name: str, value: str) -> str:
    """Return a field's value in words of the reader's language (as macros.html does)."""
    if name == "language":
        return own_name(value)
    if name == "audience":
        return _("Children") if value == "children" else _("Everyone")
    forms = {
        "ebook": _("Ebook"),
        "document": _("Scanned document"),
        "audiobook": _("Audiobook"),
        "article": _("Article"),
        "image": _("Picture"),
        "website": _("Website copy"),
        "print": _("Paper book"),
    }
    return forms.get(value, value) if name == "form" else value
