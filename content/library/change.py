"""Change what a library holds: add, remove, verify, shelve paper books; all or nothing each time.

A change copies and checks into `staging/`, builds catalogue and index beside those in use, and ends
with one rename (content/store/change.py). Whatever cuts it off, readers keep what they had.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from content.archive.quiet import hushed
from content.archive.reader import ArchiveReader
from content.archive.validate import ArchiveReport, check_archive
from content.catalogue.records import Catalogue
from content.errors import CatalogueError, ContentError, SearchError, StoreError
from content.files import atomic_write, copy_verified, sha256_of
from content.library.derive import derive
from content.library.settings import SearchSettings
from content.library.shelf import PaperBook, load_shelf, save_shelf
from content.search.engines import engine_called
from content.search.searcher import open_searcher
from content.store import change, digests
from content.store.generation import (
    CATALOGUE_FILE,
    SEARCH_FOLDER,
    Generation,
    HeldArchive,
    current,
)
from content.store.layout import StoreLayout

Report = Callable[[str, int, int], None]

# Catalogue and index of an archive, by its size: measured on the test collection at 4 %.
_DERIVED_SHARE = 0.10
_DEFAULTS = SearchSettings()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file that was to be added.

    Args:
        name: Name of the archive in the library; "" when it was refused.
        did: `added`, `replaced`, `kept` (it was there already) or `refused`.
        reason: Why it was refused.
    """

    file: str
    did: str
    name: str = ""
    title: str = ""
    works: int = 0
    reason: str = ""


def add(  # noqa: PLR0913 -- the last two are for tests
    root: Path,
    files: Sequence[Path],
    *,
    now: datetime,
    report: Report,
    settings: SearchSettings = _DEFAULTS,
    dry_run: bool = False,
    floor_bytes: int = change.FLOOR_BYTES,
) -> tuple[Outcome, ...]:
    """Add archives; a refused one is put in quarantine and does not stop the others.

    Args:
        now: Aware UTC time, the date under which the works are new.
        dry_run: Only check the files and say what would be done.

    Raises:
        StoreError: The library cannot be changed; it stays as it was.
    """
    layout = StoreLayout(root)
    if dry_run:
        return tuple(_judge(path, check_archive(path)) for path in files)
    with change.begin(layout) as generation:
        change.require_space(layout, _wanted_bytes(files), floor_bytes)
        archives = {one.name: one for one in generation.archives}
        outcomes = []
        for done, path in enumerate(files):
            report(path.name, done, len(files))
            outcomes.append(_bring_in(layout, path, archives, now))
        if any(one.did in {"added", "replaced"} for one in outcomes):
            _commit(layout, generation, tuple(archives.values()), report, settings)
        return tuple(outcomes)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A published archive, fetched and verified, that waits for its generation.

    Args:
        path: Where it waits; it stays there when the change does not happen.
        chunk_map: Its map, kept beside it for the next update.
    """

    path: Path
    chunk_map: Path
    name: str
    sha256: str
    uuid: str
    title: str
    works: int


PROVINCE = "province"


def bring(  # noqa: PLR0913 -- settings may be left out
    root: Path,
    arrivals: Sequence[Arrival],
    removals: Sequence[str],
    *,
    now: datetime,
    report: Report,
    settings: SearchSettings = _DEFAULTS,
) -> Generation:
    """Put verified archives of the province in use and take retired ones out, as one change.

    Archives added by hand are never touched. After a power cut the old library or the new one is
    in use; the arrivals still wait where they were, or are in use.

    Raises:
        StoreError: A name belongs to an archive added by hand; nothing was changed.
    """
    layout = StoreLayout(root)
    with change.begin(layout) as generation:
        archives = {one.name: one for one in generation.archives}
        for name in (*removals, *(one.name for one in arrivals)):
            held = archives.get(name)
            if held is not None and held.origin != PROVINCE:
                raise StoreError(
                    f"{name}: was added by hand here and is never replaced by an update"
                )
        for name in removals:
            archives.pop(name, None)
        for one in arrivals:
            file = f"{one.name}-{one.sha256[:16]}.zim"
            _link(one.path, layout.archives / file)
            _link(one.chunk_map, layout.archives / f"{file}.map")
            archives.pop(one.name, None)
            archives[one.name] = HeldArchive(
                name=one.name,
                file=file,
                sha256=one.sha256,
                size_bytes=one.path.stat().st_size,
                uuid=one.uuid,
                title=one.title,
                added=now.date().isoformat(),
                origin=PROVINCE,
                works=one.works,
            )
        if tuple(archives.values()) == generation.archives:
            return generation
        return _commit(layout, generation, tuple(archives.values()), report, settings)


def _link(path: Path, at: Path) -> None:
    """Give a file a second name, so that it is still waiting if the change breaks off."""
    at.unlink(missing_ok=True)
    os.link(path, at)


def remove(
    root: Path,
    name: str,
    *,
    report: Report,
    settings: SearchSettings = _DEFAULTS,
    dry_run: bool = False,
) -> HeldArchive:
    """Take an archive out and return what it was; its file goes when no kept generation needs it.

    Raises:
        StoreError: There is no such archive.
    """
    layout = StoreLayout(root)
    with change.begin(layout) as generation:
        held = generation.held(name)
        if held is None:
            known = ", ".join(one.name for one in generation.archives) or "none"
            raise StoreError(f"the library has no archive {name!r}; it has: {known}")
        if not dry_run:
            rest = tuple(one for one in generation.archives if one.name != name)
            _commit(layout, generation, rest, report, settings)
        return held


def import_shelf(
    root: Path,
    books: tuple[PaperBook, ...],
    place: str,
    *,
    report: Report,
    settings: SearchSettings = _DEFAULTS,
) -> None:
    """Replace the paper books that stand at `place`."""
    layout = StoreLayout(root)
    with change.begin(layout) as generation:
        others = _shelf(layout, generation)
        kept = tuple(book for book in others if book.place != place)
        shelf = (*kept, *books)
        _commit(layout, generation, generation.archives, report, settings, shelf=shelf)


def rebuild_current(
    root: Path, *, report: Report, settings: SearchSettings = _DEFAULTS
) -> Generation:
    """Build catalogue and index of the archives in use anew, as a new generation."""
    layout = StoreLayout(root)
    with change.begin(layout) as generation:
        return _commit(layout, generation, generation.archives, report, settings, anew=True)


def unreadable(root: Path) -> str:
    """Return why this version cannot read the catalogue or the index in use; "" when it can.

    After an update of the software either may be of an older form.
    """
    layout = StoreLayout(root)
    generation = current(layout)
    if not generation.number:
        return ""
    folder = layout.generation(generation.number)
    try:
        Catalogue(folder / CATALOGUE_FILE).close()
        open_searcher(folder / SEARCH_FOLDER).close()
    except (CatalogueError, SearchError) as error:
        return str(error)
    return ""


def verify(root: Path, *, report: Report) -> tuple[Outcome, ...]:
    """Read every archive in use whole, compare it with its digest, check it; change nothing.

    Catalogue and index are told of only when they have changed on the disk.
    """
    layout = StoreLayout(root)
    outcomes = []
    with change.begin(layout) as generation:
        for done, held in enumerate(generation.archives):
            report(held.name, done, len(generation.archives))
            outcomes.append(_verify(layout, held))
        for file in digests.changed(layout.generation(generation.number)):
            reason = "its bytes have changed on the disk; run 'diemdoc library rebuild'"
            outcomes.append(Outcome(file, "refused", name=file, reason=reason))
    return tuple(outcomes)


def _verify(layout: StoreLayout, held: HeldArchive) -> Outcome:
    path = layout.archives / held.file
    bad = Outcome(held.file, "refused", held.name, held.title, held.works)
    try:
        if sha256_of(path) != held.sha256:
            return replace(bad, reason="its bytes have changed on the disk; add it again")
        with hushed():
            is_whole = ArchiveReader(path).check()
        if not is_whole:
            return replace(bad, reason="its checksum is wrong; add it again")
    except (OSError, ContentError) as error:
        return replace(bad, reason=f"cannot be read: {error}")
    return replace(bad, did="kept")


def _wanted_bytes(files: Sequence[Path]) -> int:
    sizes = sum(path.stat().st_size for path in files if path.is_file())
    return int(sizes * (1 + _DERIVED_SHARE))


def _judge(path: Path, report: ArchiveReport) -> Outcome:
    if not report.is_good or report.metadata is None:
        return Outcome(path.name, "refused", reason="; ".join(report.problems))
    name = _name_of(path, report)
    return Outcome(path.name, "added", name, report.metadata.title, len(report.records))


def _name_of(path: Path, report: ArchiveReport) -> str:
    """Return the archive's openZIM Name, or its file's, as it can stand in an address."""
    said = report.metadata.name if report.metadata else ""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", said or path.stem).strip("-._")
    return name[:80] or "archive"


def _bring_in(
    layout: StoreLayout, path: Path, archives: dict[str, HeldArchive], now: datetime
) -> Outcome:
    """Copy one file into the store and check the copy; put it into `archives` when it is good."""
    staged = layout.staging / path.name
    try:
        sha256 = copy_verified(path, staged)
    except OSError as error:
        staged.unlink(missing_ok=True)
        reason = f"cannot be copied: {error.strerror or error}"
        return Outcome(path.name, "refused", reason=reason)
    report = check_archive(staged)
    outcome = _judge(path, report)
    if outcome.did == "refused" or report.metadata is None:
        _put_in_quarantine(layout, staged, path.name, outcome.reason, now)
        return outcome
    old = archives.get(outcome.name)
    if old is not None and old.sha256 == sha256:
        staged.unlink()
        return replace(outcome, did="kept")
    if old is not None and old.origin == PROVINCE:
        staged.unlink()
        reason = "the province publishes an archive of this name; build yours with another Name"
        return Outcome(path.name, "refused", reason=reason)
    file = f"{outcome.name}-{sha256[:16]}.zim"
    size_bytes = staged.stat().st_size
    staged.replace(layout.archives / file)
    archives.pop(outcome.name, None)
    archives[outcome.name] = HeldArchive(
        name=outcome.name,
        file=file,
        sha256=sha256,
        size_bytes=size_bytes,
        uuid=report.metadata.uuid,
        title=report.metadata.title or outcome.name,
        added=now.date().isoformat(),
        works=outcome.works,
    )
    return replace(outcome, did="replaced" if old is not None else "added")


def _put_in_quarantine(
    layout: StoreLayout, staged: Path, name: str, reason: str, now: datetime
) -> None:
    """Keep the copy that failed, and why, where nothing opens it; one at most per name."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[-100:]
    staged.replace(layout.quarantine / safe)
    note = {"file": name, "reason": reason, "when": now.isoformat()}
    atomic_write(layout.quarantine / f"{safe}.json", json.dumps(note, ensure_ascii=False).encode())


def _shelf(layout: StoreLayout, generation: Generation) -> tuple[PaperBook, ...]:
    return load_shelf(layout.generation(generation.number)) if generation.number else ()


def _commit(  # noqa: PLR0913 -- what it was, what it becomes, and how
    layout: StoreLayout,
    generation: Generation,
    archives: tuple[HeldArchive, ...],
    report: Report,
    settings: SearchSettings,
    *,
    shelf: tuple[PaperBook, ...] | None = None,
    anew: bool = False,
) -> Generation:
    engine = engine_called(settings.engine)
    number, folder = change.next_folder(layout, generation)
    try:
        save_shelf(folder, _shelf(layout, generation) if shelf is None else shelf)
        derive(layout, folder, generation, archives, engine, report, anew=anew)
        return change.commit(layout, number, archives)
    except (ContentError, OSError) as error:
        if not (folder / "generation.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise StoreError(
                f"the library could not be changed and stays as it was: {error.strerror}"
            ) from error
        raise
