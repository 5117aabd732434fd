"""The records an archive brings: its `catalogue.json`, or one made from its metadata."""

import json
import re

from content.archive.metadata import read_metadata
from content.archive.reader import ArchiveReader
from content.errors import CatalogueError
from content.terms import CATALOGUE_PATH, CATALOGUE_VERSION, Form, Record, record_from_json

MAX_CATALOGUE_BYTES = 256 * 1024 * 1024


def records_of(archive: ArchiveReader) -> tuple[Record, ...]:
    """Return the records of the works inside; an archive of others is one work.

    Raises:
        CatalogueError: `catalogue.json` is there but cannot be used; the message says why.
        ArchiveError: The archive is damaged.
    """
    if not archive.has(CATALOGUE_PATH):
        return (_website(archive),)
    entry = archive.entry(CATALOGUE_PATH)
    if entry.size > MAX_CATALOGUE_BYTES:
        raise CatalogueError(f"{CATALOGUE_PATH} is larger than {MAX_CATALOGUE_BYTES >> 20} MB")
    try:
        data = json.loads(entry.read())
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f"{CATALOGUE_PATH} is not valid JSON: {error}") from error
    if not isinstance(data, dict) or data.get("version") != CATALOGUE_VERSION:
        raise CatalogueError(
            f"{CATALOGUE_PATH} is not of version {CATALOGUE_VERSION}; update the software"
        )
    raw = data.get("records")
    if not isinstance(raw, list):
        raise CatalogueError(f"{CATALOGUE_PATH} has no list of records")
    records = tuple(record_from_json(one) for one in raw)
    if len({record.identifier for record in records}) < len(records):
        raise CatalogueError(f"{CATALOGUE_PATH} names a work twice")
    return records


def _website(archive: ArchiveReader) -> Record:
    said = read_metadata(archive)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", said.name or archive.path.stem).strip("-._")[:60]
    return Record(
        identifier=name or archive.uuid,
        title=said.title or said.name or archive.path.stem,
        form=Form.WEBSITE,
        creator=(said.creator,) if said.creator else (),
        publisher=said.publisher,
        date=said.date,
        language=said.language,
        description=said.long_description or said.description,
        licence=said.licence,
        source=said.source,
        path=archive.main_path(),
    )
