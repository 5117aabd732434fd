"""Whether an archive may enter a library: whole, readable, and its catalogue true.

The full checksum is read once, on arrival: of 44 deliberately broken archives 10 open normally and
fail only there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from content.archive.catalogue_entry import records_of
from content.archive.metadata import ArchiveMetadata, read_metadata
from content.archive.quiet import hushed
from content.archive.reader import ArchiveReader
from content.errors import ContentError
from content.terms import Record


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What a check found.

    Args:
        problems: Why the archive must not be used; none means it may.
        warnings: What is odd but harmless.
        metadata: What it says of itself, when it could be read.
        records: The works inside, when they could be read.
    """

    path: Path
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    metadata: ArchiveMetadata | None = None
    records: tuple[Record, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the archive may be used."""
        return not self.problems


def check_archive(path: Path, *, is_whole: bool | None = None) -> ArchiveReport:
    """Return what is wrong with the archive at `path`; changes nothing.

    Args:
        is_whole: What is known of its checksum (`RunningChecksum`); None reads all of the file.
    """
    try:
        with hushed():
            archive = ArchiveReader(path)
            if is_whole is None:
                is_whole = archive.check()
        if not is_whole:
            reason = "its checksum is wrong: it was damaged on the way; copy it again"
            return ArchiveReport(path, problems=(reason,))
        metadata = read_metadata(archive)
        records = records_of(archive)
    except (ContentError, OSError) as error:
        return ArchiveReport(path, problems=(str(error),))
    warnings = [f"openZIM metadata {name} is missing" for name in metadata.missing]
    problems = []
    if not archive.main_path():
        problems.append("it has no main page, so there is nothing to open")
    dangling = [path for record in records for path in _paths(record) if not archive.has(path)]
    if dangling:
        more = f" and {len(dangling) - 1} more" if len(dangling) > 1 else ""
        problems.append(f"its catalogue names {dangling[0]!r}{more}, which it does not hold")
    return ArchiveReport(path, tuple(problems), tuple(warnings), metadata, records)


def _paths(record: Record) -> Iterable[str]:
    """Yield every entry path a record names."""
    if record.path:
        yield record.path
    for part in record.parts:
        yield part.path
        yield from (path for path in (part.text_path, part.words_path) if path)
        yield from (one.path for one in part.pictures)
        yield from (one.path for one in part.sounds)
    yield from (one.path for one in record.covers)
    yield from (one.path for one in record.downloads)
