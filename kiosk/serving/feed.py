"""Small helpers of the XML answers: text that any metadata may hold, entries, packed answers kept.

Metadata come from archives of others: every value passes through `xml`, which escapes it and
leaves out what XML 1.0 cannot hold.
"""

import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from http import HTTPStatus
from urllib.parse import quote

from content.library.cards import ArchiveCard
from kiosk.serving.message import Request, Response
from kiosk.serving.ranges import matches

MIN_PACKED_BYTES = 500
MAX_KEPT = 200
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def xml(text: str) -> str:
    """Return text for an element or a quoted attribute."""
    return escape(text if text.isprintable() else _FORBIDDEN.sub("", text))


def instant(moment: datetime) -> str:
    """Return an instant as Atom wants it (RFC 4287, section 3.3)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(card: ArchiveCard, changed: datetime) -> str:
    """Return an archive as an OPDS entry with Kiwix's own elements.

    There is no acquisition link: the file itself is not given away.
    """
    pictures = "".join(
        f'    <link rel="http://opds-spec.org/image/thumbnail"'
        f' href="/catalog/v2/illustration/{xml(card.uuid)}/?size={size}"'
        f' type="image/png;width={size};height={size};scale=1"/>\n'
        for size in card.sizes
    )
    day = issued(card, changed)
    return (
        f"  <entry>\n    <id>urn:uuid:{xml(card.uuid)}</id>\n    <title>{xml(card.title)}</title>\n"
        f"    <updated>{day}</updated>\n    <summary>{xml(card.description)}</summary>\n"
        f"    <language>{xml(card.language)}</language>\n    <name>{xml(card.name)}</name>\n"
        f"    <flavour>{xml(card.flavour)}</flavour>\n"
        f"    <category>{xml(card.category)}</category>\n"
        f"    <tags>{xml(';'.join(card.tags))}</tags>\n"
        f"    <articleCount>{card.articles}</articleCount>\n"
        f"    <mediaCount>{card.media}</mediaCount>\n{pictures}"
        f'    <link type="text/html" href="/content/{quote(card.book)}"/>\n'
        f"    <author><name>{xml(card.creator)}</name></author>\n"
        f"    <publisher><name>{xml(card.publisher)}</name></publisher>\n"
        f"    <dc:issued>{day}</dc:issued>\n  </entry>\n"
    )


def partial_entry(card: ArchiveCard, changed: datetime) -> str:
    """Return an archive as an OPDS entry that only names it."""
    return (
        f"  <entry>\n    <id>urn:uuid:{xml(card.uuid)}</id>\n    <title>{xml(card.title)}</title>\n"
        f"    <updated>{issued(card, changed)}</updated>\n"
        f'    <link rel="alternate" href="/catalog/v2/entry/{xml(card.uuid)}"'
        ' type="application/atom+xml;type=entry;profile=opds-catalog"/>\n  </entry>\n'
    )


def issued(card: ArchiveCard, changed: datetime) -> str:
    """Return the day an archive was made; when it does not say, the day it came into use."""
    found = _DAY.match(card.date)
    return f"{found[0]}T00:00:00Z" if found else instant(changed)


class KeptAnswers:
    """Answers that stay right until the library changes: made once, packed once, with a tag."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[bytes, bytes, str, str]] = OrderedDict()
        self._of: tuple[object, datetime] | None = None

    def answer(
        self,
        request: Request,
        state: object,
        changed: datetime,
        make: Callable[[], tuple[str, str]],
    ) -> Response:
        """Return the kept answer to a request, or the one that `make` makes.

        Args:
            state: What the answers were made of; when it is another object all are forgotten.
            make: Returns key-independent media type and text.
        """
        if self._of is None or self._of[0] is not state or self._of[1] != changed:
            self._kept.clear()
            self._of = (state, changed)
        key = request.path + "?" + repr(sorted((k, tuple(v)) for k, v in request.query.items()))
        kept = self._kept.get(key)
        if kept is None:
            media_type, text = make()
            body = text.encode("utf-8", "replace")
            digest = hashlib.sha256(body).hexdigest()[:20]
            kept = self._kept[key] = (body, gzip.compress(body, 6, mtime=0), media_type, digest)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        body, packed, media_type, digest = kept
        packs = len(body) >= MIN_PACKED_BYTES and "gzip" in request.headers.get(
            "accept-encoding", ""
        )
        tag = f'"{digest}{"/gz" if packs else ""}"'
        headers = [
            ("Content-Type", media_type),
            ("ETag", tag),
            ("Last-Modified", format_datetime(changed, usegmt=True)),
            ("Cache-Control", "no-cache"),
            ("Vary", "Accept-Encoding"),
            ("Access-Control-Allow-Origin", "*"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if _is_known(request, tag, changed):
            return Response(HTTPStatus.NOT_MODIFIED, headers[1:])
        if packs:
            headers.append(("Content-Encoding", "gzip"))
        return Response(HTTPStatus.OK, headers, packed if packs else body)


def _is_known(request: Request, tag: str, changed: datetime) -> bool:
    """Return whether the client has this answer already (RFC 9110, section 13.2.2)."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return matches(known, tag)
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return parsedate_to_datetime(since) >= changed
    except (TypeError, ValueError):
        return False
