"""Fetch one archive: what is held already is copied, only the rest comes from a carrier.

The file has its whole size from the beginning, so that no other program takes its room, and is
filled in order in `incoming/SHA256.part`, each chunk checked before it is written. What is there
after any interruption is checked again, cut back to its last good chunk and gone on with, by
whatever carrier is at hand. Nothing in `incoming/` is in use.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from content.archive.checksum import RunningChecksum
from content.errors import CaptivePortalError, CarrierError, MissingFileError, TamperedError
from content.files import atomic_write, sha256_of, sync_folder
from content.repository.carrier import Carrier, read_whole
from content.repository.chunk_map import Chunk, ChunkMap, digest_of, parse
from content.repository.targets import TargetDescription
from content.sync.write_behind import WriteBehind

_T = TypeVar("_T")
TRIES = 5
# One request covers at most this much, so that pauses and limits take hold in between.
_MOST_PER_REQUEST = 8 << 20


@dataclass
class Tally:
    """What an update moved so far."""

    fetched_bytes: int = 0
    copied_bytes: int = 0
    resumed_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Seed:
    """An installed archive with its chunk map."""

    path: Path
    chunk_map: ChunkMap


@dataclass(frozen=True, slots=True)
class Fetched:
    """An archive that is there whole.

    Args:
        is_right: Whether the checksum inside it is right, as `Archive.check()` would say.
    """

    path: Path
    is_right: bool


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches archives into a folder.

    Args:
        wait: Called before each request with the bytes moved since the last; may sleep.
        pause_s: First wait after a broken link; it doubles.
        most_bytes: The most to fetch with this tally (a metered link), or None.
    """

    incoming: Path
    carriers: Sequence[Carrier]
    tally: Tally
    wait: Callable[[int], None]
    pause_s: float = 1.0
    most_bytes: int | None = None
    _given_up: set[str] = field(default_factory=set, init=False)

    def chunk_map(self, target: TargetDescription) -> Path:
        """Return the verified chunk map of a target, fetched when it is not here.

        After a power cut it is here whole or not at all.

        Raises:
            CarrierError: No carrier gives it.
            TamperedError: Another file came in its place.
        """
        path = self.incoming / f"{target.sha256}.map"
        if path.exists() and sha256_of(path) == target.map_sha256:
            return path
        data = self._ask(lambda one: read_whole(one, target.stored_map, target.map_size))
        if data is None or hashlib.sha256(data).hexdigest() != target.map_sha256:
            raise TamperedError(f"{target.name}: its chunk map is not what the province signed")
        self.tally.fetched_bytes += len(data)
        atomic_write(path, data)
        return path

    def archive(
        self, target: TargetDescription, seed: Seed | None, told: Callable[[int], None]
    ) -> "Fetched":
        """Return the archive, every chunk and the whole as signed; it is durable.

        It is hashed while it grows and not read again: what a disk loses of what it acknowledged
        shows after the next start only (content/sync/recheck.py).

        Args:
            told: Called with the bytes of it that are done.

        Raises:
            CarrierError: It could not be finished; what came is kept for the next run.
            TamperedError: A carrier gives other bytes than were signed.
        """
        chunk_map = parse(self.chunk_map(target).read_bytes(), target.size_bytes)
        path = self.incoming / f"{target.sha256}.part"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with closing(_Seeds(seed)) as seeds, WriteBehind(descriptor) as behind:
                part = _Part(descriptor, target, told, RunningChecksum(target.size_bytes), behind)
                done, good = part.resume(chunk_map)
                self.tally.resumed_bytes += good
                os.posix_fallocate(descriptor, 0, target.size_bytes)
                self._fill(part, islice(iter(chunk_map), done, None), seeds)
                behind.finish()
        finally:
            os.close(descriptor)
        if part.whole.hexdigest() != target.sha256:
            path.unlink()
            raise TamperedError(f"{target.name}: its pieces are signed but do not make the whole")
        finished = self.incoming / f"{target.sha256}.zim"
        path.replace(finished)
        sync_folder(self.incoming)
        return Fetched(finished, part.checksum.is_right)

    def _fill(self, part: "_Part", chunks: Iterator[Chunk], seeds: "_Seeds") -> None:
        wanted: list[Chunk] = []
        for chunk in chunks:
            data = seeds.find(chunk.digest)
            if data is None:
                wanted.append(chunk)
                if chunk.start + chunk.length - wanted[0].start >= _MOST_PER_REQUEST:
                    self._fetch(part, wanted)
                    wanted = []
                continue
            self._fetch(part, wanted)
            wanted = []
            part.write(chunk, data)
            self.tally.copied_bytes += chunk.length
        self._fetch(part, wanted)

    def _fetch(self, part: "_Part", wanted: list[Chunk]) -> None:
        if wanted:
            size = sum(one.length for one in wanted)
            if self.most_bytes is not None and self.tally.fetched_bytes + size > self.most_bytes:
                raise CarrierError(
                    f"{part.target.name}: all that this link may bring today is spent; "
                    "the next update goes on"
                )
            self.wait(size)
            self._ask(lambda one: self._take(one, part, wanted))

    def _take(self, carrier: Carrier, part: "_Part", wanted: list[Chunk]) -> None:
        """Take chunks off one stream, removing from `wanted` what was written."""
        target = part.target
        end = wanted[-1].start + wanted[-1].length
        buffer = bytearray()
        for block in carrier.stream(target.stored, wanted[0].start, end):
            self.tally.fetched_bytes += len(block)
            buffer += block
            while wanted and len(buffer) >= wanted[0].length:
                chunk = wanted[0]
                data = bytes(memoryview(buffer)[: chunk.length])
                if digest_of(data) != chunk.digest:
                    raise TamperedError(
                        f"{carrier.name}: {target.name}: other bytes than the province signed, at "
                        f"{chunk.start}; use another stick or address"
                    )
                del buffer[: chunk.length]
                part.write(chunk, data)
                del wanted[0]
        if wanted:
            raise CarrierError(
                f"{carrier.name}: {target.name}: ends too early; was it copied whole?"
            )

    def _ask(self, what: Callable[[Carrier], _T]) -> _T:
        """Return what the first carrier that can gives; a broken link is tried again.

        Tries are counted from the last byte that came, so a bad link is used as long as it gives
        something. A carrier that lacks the file or gives wrong bytes is passed over at once; one
        whose tries are used up is not asked again while there are others.
        """
        problem: CarrierError | TamperedError | None = None
        asked = [one for one in self.carriers if one.name not in self._given_up]
        for carrier in asked or self.carriers:
            attempt = 0
            while attempt < TRIES:
                before = self.tally.fetched_bytes
                try:
                    return what(carrier)
                except (MissingFileError, CaptivePortalError, TamperedError) as error:
                    problem = error
                    break
                except CarrierError as error:
                    problem = error
                    attempt = 1 if self.tally.fetched_bytes > before else attempt + 1
                    if attempt < TRIES:
                        time.sleep(self.pause_s * 2 ** (attempt - 1))
            else:
                self._given_up.add(carrier.name)
        raise problem or CarrierError("no address and no stick was named")


@dataclass(frozen=True, slots=True)
class _Part:
    """An archive that grows, in order.

    Args:
        checksum: Of the archive itself, fed with all that is there.
        behind: Brings it to the disk.
        whole: SHA-256 of all that is there.
    """

    descriptor: int
    target: TargetDescription
    told: Callable[[int], None]
    checksum: RunningChecksum
    behind: WriteBehind
    whole: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def resume(self, chunk_map: ChunkMap) -> tuple[int, int]:
        """Return how many chunks are there and good, and their bytes; cut off what follows."""
        size = os.fstat(self.descriptor).st_size
        done = good = 0
        for chunk in chunk_map:
            if good + chunk.length > size:
                break
            data = os.pread(self.descriptor, chunk.length, chunk.start)
            if digest_of(data) != chunk.digest:
                break
            self._take_in(data)
            done += 1
            good += chunk.length
        os.ftruncate(self.descriptor, good)
        return done, good

    def write(self, chunk: Chunk, data: bytes) -> None:
        """Put the next verified chunk in its place."""
        os.pwrite(self.descriptor, data, chunk.start)
        self._take_in(data)
        end = chunk.start + chunk.length
        self.behind.reach(end)
        self.told(end)

    def _take_in(self, data: bytes) -> None:
        self.whole.update(data)
        self.checksum.update(data)


class _Seeds:
    """Chunks of an installed archive, found by digest and checked when they are read."""

    def __init__(self, seed: Seed | None) -> None:
        self._descriptor = -1
        self._places: dict[bytes, tuple[int, int]] = {}
        if seed is not None:
            self._descriptor = os.open(seed.path, os.O_RDONLY | os.O_CLOEXEC)
            self._places = {one.digest: (one.start, one.length) for one in seed.chunk_map}

    def close(self) -> None:
        """Close the archive."""
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def find(self, digest: bytes) -> bytes | None:
        place = self._places.get(digest)
        if place is None:
            return None
        try:
            data = os.pread(self._descriptor, place[1], place[0])
        except OSError:
            return None  # a worn disk: the piece comes from the carrier
        return data if digest_of(data) == digest else None
