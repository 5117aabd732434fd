"""The Readium manifest of a work: what reading and listening apps read (of a record, no I/O).

Readium Web Publication Manifest (https://readium.org/webpub-manifest). An audiobook keeps the
audiobook profile (https://readium.org/webpub-manifest/profiles/audiobook): its reading order has
one link per file; a chapter is a link of the contents into a file, `audio/01.m4b#t=174.135` (W3C
Media Fragments, 4.2.1). Another work's reading order has one link per part, a page that is readable
by itself.

In an archive the manifest of an audiobook stands at `works/ID/manifest.json` and its addresses
count from there; a feed gives manifests whose addresses are whole.
"""

import re
import uuid
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import quote

from content.terms import Form, Part, PartKind, Picture, Record, Sound

AUDIOBOOK_PROFILE = "https://readium.org/webpub-manifest/profiles/audiobook"
AUDIOBOOK_TYPE = "application/audiobook+json"
WEBPUB_TYPE = "application/webpub+json"
# schema.org types of what is no book.
_KINDS = {Form.AUDIOBOOK: "Audiobook", Form.ARTICLE: "Article", Form.IMAGE: "VisualArtwork"}

# From an entry path to an address.
Address = Callable[[str], str]

# schema.org accessMode; every other accessibility word of a record is a feature.
_MODES = {"auditory", "tactile", "textual", "visual", "textOnVisual", "musicOnVisual"}
_FEATURES = {
    "alternativeText",
    "captions",
    "displayTransformability",
    "highContrastAudio",
    "index",
    "pageNavigation",
    "readingOrder",
    "structuralNavigation",
    "synchronizedAudioText",
    "tableOfContents",
    "transcript",
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")
# A contributor to a recording is its reader, unless the name says another role.
_OTHER_ROLE = re.compile(r"dịch|biên|hiệu|minh họa|minh hoạ|transl|edit|illustr", re.IGNORECASE)


def audiobook_manifest(record: Record) -> dict[str, Any]:
    """Return the manifest of an audiobook as it stands in its archive, as JSON data."""
    return manifest(record, partial(_beside, record), "manifest.json")


def manifest(record: Record, address: Address, own: str) -> dict[str, Any]:
    """Return the manifest of a work with parts as JSON data.

    Args:
        address: Gives the address of an entry of the work's archive.
        own: Address of the manifest itself.
    """
    is_heard = record.form == Form.AUDIOBOOK
    made: dict[str, Any] = {
        "@context": "https://readium.org/webpub-manifest/context.jsonld",
        "metadata": metadata(record),
        "links": _links(record, address, own, AUDIOBOOK_TYPE if is_heard else WEBPUB_TYPE),
        "readingOrder": _sounds(record, address) if is_heard else _pages(record, address),
    }
    if record.covers:
        made["resources"] = [cover_link(one, address) for one in record.covers]
    chapter = _chapter if is_heard else _page
    listed = [part for part in record.parts if part.listed and (part.sounds or not is_heard)]
    if toc := [chapter(record, part, address) for part in listed]:
        made["toc"] = toc
    return made


def urn(record: Record) -> str:
    """Return the name of a work that is the same everywhere."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"diemdoc:{record.identifier}").urn


def metadata(record: Record) -> dict[str, Any]:
    """Return what is said of a work: who, what, in which language, for which senses."""
    is_heard = record.form == Form.AUDIOBOOK
    others = [one for one in record.contributor if _OTHER_ROLE.search(one)]
    languages = [one for one in record.language if _LANGUAGE.fullmatch(one)]
    modes = [one for one in record.accessibility if one in _MODES]
    features = [one for one in record.accessibility if one in _FEATURES]
    duration_s = record.duration_s or sum(part.duration_s for part in record.parts)
    is_full_date = re.fullmatch(r"\d{4}-\d\d-\d\d", record.date) is not None
    access = {"accessMode": modes, "feature": features}
    said: dict[str, Any] = {
        "@type": f"http://schema.org/{_KINDS.get(record.form, 'Book')}",
        "conformsTo": AUDIOBOOK_PROFILE if is_heard else "",
        "identifier": urn(record),
        "title": record.title,
        "author": list(record.creator),
        "narrator": [one for one in record.contributor if one not in others] if is_heard else [],
        "contributor": others if is_heard else list(record.contributor),
        "language": languages,
        "publisher": record.publisher,
        "published": record.date if is_full_date else "",
        "subject": list(record.subject),
        "description": record.description,
        "duration": round(duration_s, 3),
        "numberOfPages": sum(part.kind == PartKind.PAGE for part in record.parts),
        "accessibility": {name: value for name, value in access.items() if value},
        "belongsTo": {"collection": {"name": record.collection}} if record.collection else {},
    }
    return {name: value for name, value in said.items() if value}


def _links(record: Record, address: Address, own: str, media_type: str) -> list[dict[str, Any]]:
    links = [{"rel": "self", "href": own, "type": media_type}]
    if record.path:
        links.append({"rel": "alternate", "href": address(record.path), "type": "text/html"})
    return links


def _pages(record: Record, address: Address) -> list[dict[str, Any]]:
    parts = {part.path: part for part in record.parts}
    return [_page(record, part, address) for part in parts.values()]


def _page(_record: Record, part: Part, address: Address) -> dict[str, Any]:
    link = {"href": address(part.path), "type": "text/html"}
    return link | ({"title": part.title} if part.title else {})


def _sounds(record: Record, address: Address) -> list[dict[str, Any]]:
    """Return one link per file, in the order in which chapters first use it."""
    chapters: dict[str, list[Part]] = {}
    for part in record.parts:
        if part.sounds:
            chapters.setdefault(part.sounds[0].path, []).append(part)
    links = []
    for parts in chapters.values():
        duration_s = sum(part.duration_s for part in parts)
        link, *others = (_sound(one, duration_s, address) for one in parts[0].sounds)
        if len(parts) == 1 and parts[0].title:
            link["title"] = parts[0].title
        if others:
            link["alternate"] = others
        links.append(link)
    return links


def _sound(sound: Sound, duration_s: float, address: Address) -> dict[str, Any]:
    link = {"href": address(sound.path), "type": sound.media_type}
    return link | _known(
        duration=round(duration_s, 3), bitrate=sound.bitrate_kbps, size=sound.size_bytes
    )


def _chapter(record: Record, part: Part, address: Address) -> dict[str, Any]:
    sound = part.sounds[0]
    start = f"#t={sound.start_s:.3f}".rstrip("0").rstrip(".") if sound.start_s else ""
    link = {"href": address(sound.path) + start, "type": sound.media_type}
    return {**link, "title": part.title or record.title} | _known(duration=part.duration_s)


def cover_link(picture: Picture, address: Address) -> dict[str, Any]:
    """Return a cover as a link of a manifest or a feed."""
    link = {"rel": "cover", "href": address(picture.path), "type": picture.media_type}
    return link | _known(width=picture.width, height=picture.height)


def _known(**numbers: float) -> dict[str, Any]:
    """Return the numbers that are known: 0 says nothing."""
    return {name: value for name, value in numbers.items() if value > 0}


def _beside(record: Record, path: str) -> str:
    """Return an entry's path as an address counted from the work's folder."""
    folder = record.path.rpartition("/")[0]
    return quote(_relative(path, folder), safe="/._-~")


def _relative(path: str, folder: str) -> str:
    steps, base = path.split("/"), folder.split("/") if folder else []
    same = _same(zip(steps, base, strict=False))
    return "/".join([".."] * (len(base) - same) + steps[same:])


def _same(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count
