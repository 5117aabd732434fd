"""The Readium manifest of an audiobook: what listening apps read (a function of a record, no I/O).

Readium Web Publication Manifest with the audiobook profile
(https://readium.org/webpub-manifest/profiles/audiobook). It stands at `works/ID/manifest.json`, and
its addresses count from there. The reading order has one link per file; a chapter is a link of the
contents into a file, `audio/01.m4b#t=174.135` (W3C Media Fragments, 4.2.1).
"""

import re
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from content.terms import Part, Picture, Record, Sound

AUDIOBOOK_PROFILE = "https://readium.org/webpub-manifest/profiles/audiobook"
AUDIOBOOK_TYPE = "application/audiobook+json"

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
    """Return the manifest of an audiobook as JSON data."""
    manifest: dict[str, Any] = {
        "@context": "https://readium.org/webpub-manifest/context.jsonld",
        "metadata": _metadata(record),
        "links": _links(record),
        "readingOrder": _reading_order(record),
    }
    if record.covers:
        manifest["resources"] = [_cover(record, one) for one in record.covers]
    if toc := [_chapter(record, part) for part in record.parts if part.sounds and part.listed]:
        manifest["toc"] = toc
    return manifest


def _metadata(record: Record) -> dict[str, Any]:
    others = [one for one in record.contributor if _OTHER_ROLE.search(one)]
    languages = [one for one in record.language if _LANGUAGE.fullmatch(one)]
    modes = [one for one in record.accessibility if one in _MODES]
    features = [one for one in record.accessibility if one in _FEATURES]
    duration_s = record.duration_s or sum(part.duration_s for part in record.parts)
    is_full_date = re.fullmatch(r"\d{4}-\d\d-\d\d", record.date) is not None
    access = {"accessMode": modes, "feature": features}
    said: dict[str, Any] = {
        "@type": "http://schema.org/Audiobook",
        "conformsTo": AUDIOBOOK_PROFILE,
        "identifier": uuid.uuid5(uuid.NAMESPACE_URL, f"diemdoc:{record.identifier}").urn,
        "title": record.title,
        "author": list(record.creator),
        "narrator": [one for one in record.contributor if one not in others],
        "contributor": others,
        "language": languages,
        "publisher": record.publisher,
        "published": record.date if is_full_date else "",
        "subject": list(record.subject),
        "description": record.description,
        "duration": round(duration_s, 3),
        "accessibility": {name: value for name, value in access.items() if value},
        "belongsTo": {"collection": {"name": record.collection}} if record.collection else {},
    }
    return {name: value for name, value in said.items() if value}


def _links(record: Record) -> list[dict[str, Any]]:
    links = [{"rel": "self", "href": "manifest.json", "type": AUDIOBOOK_TYPE}]
    if record.path:
        href = _address(record, record.path)
        links.append({"rel": "alternate", "href": href, "type": "text/html"})
    return links


def _reading_order(record: Record) -> list[dict[str, Any]]:
    """Return one link per file, in the order in which chapters first use it."""
    chapters: dict[str, list[Part]] = {}
    for part in record.parts:
        if part.sounds:
            chapters.setdefault(part.sounds[0].path, []).append(part)
    links = []
    for parts in chapters.values():
        duration_s = sum(part.duration_s for part in parts)
        link, *others = (_sound(record, one, duration_s) for one in parts[0].sounds)
        if len(parts) == 1 and parts[0].title:
            link["title"] = parts[0].title
        if others:
            link["alternate"] = others
        links.append(link)
    return links


def _sound(record: Record, sound: Sound, duration_s: float) -> dict[str, Any]:
    link = {"href": _address(record, sound.path), "type": sound.media_type}
    return link | _known(
        duration=round(duration_s, 3), bitrate=sound.bitrate_kbps, size=sound.size_bytes
    )


def _chapter(record: Record, part: Part) -> dict[str, Any]:
    sound = part.sounds[0]
    start = f"#t={sound.start_s:.3f}".rstrip("0").rstrip(".") if sound.start_s else ""
    link = {"href": _address(record, sound.path) + start, "type": sound.media_type}
    return {**link, "title": part.title or record.title} | _known(duration=part.duration_s)


def _cover(record: Record, picture: Picture) -> dict[str, Any]:
    link = {"rel": "cover", "href": _address(record, picture.path), "type": picture.media_type}
    return link | _known(width=picture.width, height=picture.height)


def _known(**numbers: float) -> dict[str, Any]:
    """Return the numbers that are known: 0 says nothing."""
    return {name: value for name, value in numbers.items() if value > 0}


def _address(record: Record, path: str) -> str:
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
