"""XML from anywhere to a tree: no entity is expanded, nothing is fetched, damage is forgiven."""

import posixpath
from urllib.parse import unquote

from lxml import etree

from content.vietnamese import normalize

MAX_XML_BYTES = 8 * 1024 * 1024


def parse_xml(data: bytes) -> etree._Element | None:
    """Return the root of an XML document, or None when it is none."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        found: etree._Element | None = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return None
    return found


def join(base: str, reference: str) -> tuple[str, str]:
    """Return entry name and anchor that `reference` means inside the entry called `base`."""
    path, _, anchor = reference.strip().partition("#")
    path = unquote(path.partition("?")[0]).replace("\\", "/")
    around = "" if path.startswith("/") else posixpath.dirname(base)
    name = posixpath.normpath(posixpath.join(around, path)).lstrip("/") if path else base
    return name, normalize(unquote(anchor))
