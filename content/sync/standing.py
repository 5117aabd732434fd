"""How a point stands, as it tells the province: what it holds, and what room it has.

The province sees from it which points lag behind, and writes sticks with what one of them lacks.
Nothing about readers is in it. The format: docs/reference/reports-protocol.md, body of `health`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from content.files import free_bytes
from content.library.change import PROVINCE
from content.store.generation import current
from content.store.layout import StoreLayout
from content.sync.findings import ToldFinding, findings_body, parse_findings

VERSION = 1
_MOST_ARCHIVES = 50_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What one point holds.

    Args:
        archives: Name to SHA-256 of the province's archives in use.
        local: How many archives were added by hand.
        free_bytes: Room on the disk, the floor not taken off.
        findings: What its health checks found that somebody should know.
    """

    software: str
    generation: int
    archives: Mapping[str, str]
    local: int
    disk_bytes: int
    free_bytes: int
    commune: str = ""
    collections: tuple[str, ...] = ()
    findings: tuple[ToldFinding, ...] = ()


def standing_of(
    root: Path,
    commune: str,
    collections: tuple[str, ...],
    findings: tuple[ToldFinding, ...] = (),
) -> Standing:
    """Return how the point with this library stands."""
    generation = current(StoreLayout(root))
    there = next(one for one in (root, *root.parents) if one.exists())
    status = os.statvfs(there)
    ours = {one.name: one.sha256 for one in generation.archives if one.origin == PROVINCE}
    return Standing(
        software=version("diemdoc"),
        generation=generation.number,
        archives=ours,
        local=len(generation.archives) - len(ours),
        disk_bytes=status.f_blocks * status.f_frsize,
        free_bytes=free_bytes(there),
        commune=commune,
        collections=collections,
        findings=findings,
    )


def to_body(standing: Standing) -> dict[str, Any]:
    """Return the body of a health message."""
    return {
        "version": VERSION,
        "software": standing.software,
        "generation": standing.generation,
        "archives": dict(standing.archives),
        "local": standing.local,
        "disk_bytes": standing.disk_bytes,
        "free_bytes": standing.free_bytes,
        "commune": standing.commune,
        "collections": list(standing.collections),
        "findings": findings_body(standing.findings),
    }


def from_body(body: Any) -> Standing:
    """Return what a health message says; it is signed, but by a box that may be stolen.

    Raises:
        ValueError: A field is not what it must be.
    """
    try:
        if body["version"] != VERSION:
            raise ValueError(f"is not of version {VERSION}")
        archives, collections = body["archives"], body["collections"]
        texts = [*archives, *archives.values(), *collections, body["software"], body["commune"]]
        numbers = [body[one] for one in ("generation", "local", "disk_bytes", "free_bytes")]
        if len(archives) > _MOST_ARCHIVES or not all(
            isinstance(one, str) and len(one) <= 200 for one in texts
        ):
            raise ValueError("holds something else than short texts")
        if not all(type(one) is int and 0 <= one < 1 << 60 for one in numbers):
            raise ValueError("holds an impossible number")
        # Points of before the health checks tell none.
        findings = parse_findings(body.get("findings", []))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"lacks something: {error}") from error
    return Standing(
        software=body["software"],
        generation=body["generation"],
        archives=dict(archives),
        local=body["local"],
        disk_bytes=body["disk_bytes"],
        free_bytes=body["free_bytes"],
        commune=body["commune"],
        collections=tuple(collections),
        findings=findings,
    )
