"""The archives of the generation in use, opened when they are first read; a bounded number stays.

A new generation is noticed by one `stat` of a small file, without a restart. An archive whose file
went away or changed under us (a disk was pulled) is let go and found again when it returns.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from content.archive.clusters import Clusters
from content.archive.direct import DirectAccess
from content.archive.packed import PackedArchive
from content.archive.reader import ArchiveReader, Entry
from content.errors import ArchiveError, ArchiveUnavailableError, EntryNotFoundError
from content.store.generation import Generation, HeldArchive, current
from content.store.layout import StoreLayout

# Each open archive costs about 0.3 MB and three descriptors (docs/measurements/serving.md).
MAX_OPEN = 64
LOOK_AGAIN_S = 1.0
DISK_GONE = "its disk does not answer; check the disk's plug"
Stamp = tuple[int, int, int, int]


@dataclass(slots=True)
class Book:
    """One open archive.

    Args:
        reader: Its entries.
        direct: Where its items lie.
        packed: Its sidecar, or None.
    """

    held: HeldArchive
    reader: ArchiveReader
    direct: DirectAccess
    packed: PackedArchive | None
    _clusters: Clusters
    _stamp: Stamp | None
    _looked: float

    def entry(self, path: str) -> Entry:
        """Return an entry.

        Raises:
            EntryNotFoundError: The archive has none there.
            ArchiveUnavailableError: The disk does not give it.
        """
        try:
            return self.reader.entry(path)
        except EntryNotFoundError as error:
            # libzim says the same of a disk that was pulled out.
            if not self.direct.answers():
                raise ArchiveUnavailableError(f"{self.held.name}: {DISK_GONE}") from error
            raise

    def content(self, entry: Entry) -> bytes | memoryview:
        """Return the content of an entry; a view is of libzim's memory and keeps a whole cluster.

        Raises:
            ArchiveError: The archive is damaged there.
            OSError: The disk does not give it.
        """
        found = self._clusters.content(self.direct, entry.index, entry.size)
        return entry.content if found is None else found


@dataclass(frozen=True)
class _Snapshot:
    stamp: Stamp | None
    generation: Generation
    held: dict[str, HeldArchive] = field(default_factory=dict)


class Books:
    """The archives of a library folder, for several threads.

    Args:
        root: The library folder; it may be absent or empty.
    """

    def __init__(self, root: Path, *, max_open: int = MAX_OPEN) -> None:
        self._layout = StoreLayout(root)
        self._current = self._layout.current
        self._max_open = max_open
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None
        self._open: OrderedDict[str, Book] = OrderedDict()
        self._clusters = Clusters()

    @property
    def generation(self) -> Generation:
        """The generation in use."""
        return self._now().generation

    def held(self, name: str) -> HeldArchive | None:
        """Return what the generation says of an archive, without opening it."""
        return self._now().held.get(name)

    def open(self, name: str) -> Book:
        """Return the open archive of that name.

        Raises:
            EntryNotFoundError: There is none.
            ArchiveUnavailableError: The disk does not give it at the moment.
        """
        held = self._now().held.get(name)
        if held is None:
            raise EntryNotFoundError(f"the library has no archive {name[:80]!r}")
        with self._lock:
            book = self._open.get(held.file)
            if book is None or not self._is_there(book):
                self._open.pop(held.file, None)
                book = self._opened(held)
                self._open[held.file] = book
            self._open.move_to_end(held.file)
            while len(self._open) > self._max_open:
                self._open.popitem(last=False)
        return book

    def opened_once(self, held: HeldArchive) -> ArchiveReader:
        """Return an archive for one look: it is closed when the caller lets it go.

        Raises:
            ArchiveUnavailableError: The disk does not give it at the moment.
        """
        try:
            return ArchiveReader(self._layout.archives / held.file)
        except (ArchiveError, OSError) as error:
            raise ArchiveUnavailableError(f"{held.name}: {DISK_GONE}") from error

    @property
    def changed(self) -> datetime:
        """When the generation in use was put in use; the epoch for an empty library."""
        stamp = self._now().stamp
        return datetime.fromtimestamp(stamp[2] // 10**9 if stamp else 0, tz=UTC)

    def look(self) -> bool:
        """Look whether open archives and the generation are as they were; return whether so."""
        before = self._snapshot
        same = self._now() is before
        with self._lock:
            gone = [file for file, book in self._open.items() if not self._is_there(book)]
            for file in gone:
                del self._open[file]
        return same and not gone

    def _is_there(self, book: Book) -> bool:
        """Return whether the file is the one that was opened; a new sidecar is taken in."""
        now = time.monotonic()
        if now - book._looked < LOOK_AGAIN_S:  # noqa: SLF001 -- a Book is ours
            return True
        book._looked = now  # noqa: SLF001
        if stamp_of(self._layout.archives / book.held.file) != book._stamp:  # noqa: SLF001
            return False
        sidecar = self._layout.packed_of(book.held.file)
        return (book.packed is not None) == sidecar.is_file()

    def _opened(self, held: HeldArchive) -> Book:
        path = self._layout.archives / held.file
        try:
            stamp = stamp_of(path)
            reader, direct = ArchiveReader(path), DirectAccess(path)
        except (ArchiveError, OSError) as error:
            raise ArchiveUnavailableError(f"{held.name}: {DISK_GONE}") from error
        packed = self._sidecar(held)
        return Book(held, reader, direct, packed, self._clusters, stamp, time.monotonic())

    def _sidecar(self, held: HeldArchive) -> PackedArchive | None:
        path = self._layout.packed_of(held.file)
        if not path.is_file():
            return None
        try:
            return PackedArchive(path)
        except ArchiveError:
            path.unlink(missing_ok=True)  # it is made anew at the next idle time
            return None

    def _now(self) -> _Snapshot:
        """Return the generation in use, read anew when `current` has changed.

        Raises:
            ArchiveUnavailableError: There was a library, and its disk does not give it any more.
        """
        stamp = stamp_of(self._current)
        snapshot = self._snapshot
        if stamp is None and snapshot is not None and snapshot.generation.number:
            # No change takes `current` away: a disk has gone.
            raise ArchiveUnavailableError(f"the library: {DISK_GONE}")
        if snapshot is None or snapshot.stamp != stamp:
            generation = current(self._layout)
            held = {one.name: one for one in generation.archives}
            snapshot = _Snapshot(stamp, generation, held)
            with self._lock:
                self._snapshot = snapshot
                kept = {one.file for one in generation.archives}
                for file in [file for file in self._open if file not in kept]:
                    del self._open[file]
        return snapshot


def stamp_of(path: Path) -> Stamp | None:
    """Return what changes when a file is replaced or written; None when it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    # A disk that was pulled out and put back is another device with the same files.
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size
