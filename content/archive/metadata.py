"""openZIM metadata of an archive as a value: what it is called, by whom, in which language."""

from dataclasses import dataclass

from content.archive.reader import ArchiveReader
from content.vietnamese import normalize

# openZIM metadata specification: every archive must carry these, and a 48 by 48 illustration.
MANDATORY = ("Name", "Title", "Creator", "Publisher", "Date", "Description", "Language")
MAX_VALUE = 4_000

# ISO 639-3, as archives give languages -> BCP 47, as web pages do.
_BCP_47 = {
    "vie": "vi",
    "eng": "en",
    "fra": "fr",
    "zho": "zh",
    "lao": "lo",
    "khm": "km",
    "tha": "th",
}


@dataclass(frozen=True, slots=True)
class ArchiveMetadata:
    """What an archive says of itself; empty texts where it is silent.

    Args:
        language: BCP 47 tags, the main one first.
        missing: Names of mandatory metadata it lacks.
    """

    uuid: str
    name: str = ""
    title: str = ""
    creator: str = ""
    publisher: str = ""
    date: str = ""
    description: str = ""
    long_description: str = ""
    language: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    tags: str = ""
    missing: tuple[str, ...] = ()


def read_metadata(archive: ArchiveReader) -> ArchiveMetadata:
    """Return the metadata of an archive; what is missing or not UTF-8 is left out.

    Raises:
        ArchiveError: The archive is damaged.
    """
    raw = archive.metadata()
    texts = {
        name: normalize(value[:MAX_VALUE].decode("utf-8", errors="ignore")).strip()
        for name, value in raw.items()
        if not name.startswith("Illustration")
    }
    missing = [name for name in MANDATORY if not texts.get(name)]
    if archive.illustration() is None:
        missing.append("Illustration_48x48@1")
    codes = (code.strip() for code in texts.get("Language", "").split(","))
    return ArchiveMetadata(
        uuid=archive.uuid,
        name=texts.get("Name", ""),
        title=texts.get("Title", ""),
        creator=texts.get("Creator", ""),
        publisher=texts.get("Publisher", ""),
        date=texts.get("Date", ""),
        description=texts.get("Description", ""),
        long_description=texts.get("LongDescription", ""),
        language=tuple(_BCP_47.get(code, code) for code in codes if code),
        licence=texts.get("License", ""),
        source=texts.get("Source", ""),
        tags=texts.get("Tags", ""),
        missing=tuple(missing),
    )
