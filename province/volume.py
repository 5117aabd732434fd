"""Write a signed repository to a stick, or bring a stick up to date, and read it back.

Archives first, metadata next, timestamp.json last: a stick pulled too early holds the old content
or is refused as unfinished. Files larger than FAT32 holds are cut into NAME.000, NAME.001 ...
"""

import hashlib
import os
from collections.abc import Callable, Collection
from pathlib import Path

from content.errors import TamperedError
from content.files import atomic_write, free_bytes, sync_folder
from content.repository.software import ROLE as SOFTWARE
from content.repository.software import is_newer, parse_software
from content.repository.targets import MAP_SUFFIX, TargetDescription, parse_targets, stored_path
from content.repository.volume import FOLDER
from content.store.change import FLOOR_BYTES
from content.store.generation import HeldArchive
from content.sync.plan import PROVINCE, Kind, Point, make_plan
from content.sync.standing import Standing
from province.errors import PublishError
from province.release import Release

# FAT32 holds files of 4 GiB less one byte.
PART_BYTES = (1 << 32) - (1 << 20)
_BLOCK = 1 << 20
Report = Callable[[str, int, int], None]


def write_volume(  # noqa: PLR0913 -- the last is for tests
    repository: Path,
    release: Release,
    stick: Path,
    *,
    report: Report,
    wanted: Collection[str] | None = None,
    part_bytes: int = PART_BYTES,
) -> int:
    """Bring `stick` up to date and return how many bytes were written.

    Args:
        report: Told of MB done and in all.
        wanted: Collections or names of archives; None is everything. The signed lists are whole
            in any case, so that a point sees what is missing.

    Raises:
        PublishError: It does not fit.
        TamperedError: What was read back differs from what was written.
    """
    base = stick / FOLDER
    files = files_of(release, wanted)
    missing = missing_on(stick, files)
    need = sum(size for _, size in missing.values())
    if need > free_bytes(stick):
        raise PublishError(
            f"{stick}: {need / 1e6:.0f} MB are to be written, {free_bytes(stick) / 1e6:.0f} MB are "
            "free; name fewer collections"
        )
    _forget_others(base, files)
    done = 0
    for path, (digest, size) in missing.items():
        report(Path(path).name[65:], done // 10**6, need // 10**6)
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        _copy(repository / path, base / path, part_bytes)
        if _digest_of(base / path, size) != digest:
            raise TamperedError(
                f"{stick}: {path}: the stick gives back other bytes; use another one"
            )
        done += size
    _write_metadata(repository / "metadata", base / "metadata")
    return need


def files_of(release: Release, wanted: Collection[str] | None) -> dict[str, tuple[str, int]]:
    """Return the files of a release, or a part of them: path to SHA-256 and size.

    Args:
        wanted: Collections or names of archives; None is everything.
    """
    files: dict[str, tuple[str, int]] = {}
    for role, metadata in release.roles.items():
        for path, target in metadata.signed.targets.items():
            name = Path(path.removesuffix(MAP_SUFFIX)).stem
            if wanted is None or role in wanted or name in wanted:
                digest = target.hashes["sha256"]
                files[stored_path(path, digest)] = (digest, target.length)
    return files


def missing_on(stick: Path, files: dict[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
    """Return those files that a stick does not hold yet."""
    base = stick / FOLDER
    return {path: facts for path, facts in files.items() if not _is_there(base / path, facts[1])}


def lacking(release: Release, standing: Standing, floor_bytes: int = FLOOR_BYTES) -> set[str]:
    """Return the names of the archives that a point would take, by its last report.

    The same plan as the point's own: what is for its commune, collections and disk, and fits.
    """
    offered: list[TargetDescription] = []
    for role, metadata in release.roles.items():
        if role == SOFTWARE:
            continue
        targets = metadata.signed.targets.items()
        raw = {
            path: (one.length, one.hashes["sha256"], one.unrecognized_fields.get("custom"))
            for path, one in targets
        }
        offered += parse_targets(role, raw)
    held = [
        HeldArchive(name, "", sha256, 0, "", name, "", PROVINCE)
        for name, sha256 in standing.archives.items()
    ]
    point = Point(
        disk_bytes=standing.disk_bytes,
        room_bytes=max(0, standing.free_bytes - floor_bytes),
        commune=standing.commune,
        collections=standing.collections,
    )
    wanted = {one.name for one in make_plan(offered, held, point).of(Kind.NEW, Kind.CHANGED)}
    return wanted | _newer_software(release, standing.software)


def _newer_software(release: Release, installed: str) -> set[str]:
    """Return the names of packages newer than what a point has, for any processor."""
    targets = release.targets_of(SOFTWARE).items()
    raw = {path: (one.length, one.hashes["sha256"], None) for path, one in targets}
    try:
        return {one.target.name for one in parse_software(raw) if is_newer(one.version, installed)}
    except ValueError:
        return set()  # a version of its own making


def _write_metadata(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    names = sorted(path.name for path in source.glob("*.json") if path.name != "timestamp.json")
    for name in (*names, "timestamp.json"):
        data = (source / name).read_bytes()
        if not (target / name).exists() or (target / name).read_bytes() != data:
            atomic_write(target / name, data)
    sync_folder(target)


def parts_of(path: Path) -> list[Path]:
    """Return the file at `path`, or its parts in order; none when it is not there."""
    if path.exists():
        return [path]
    return sorted(path.parent.glob(path.name + ".[0-9][0-9][0-9]")) if path.parent.is_dir() else []


def _is_there(path: Path, size: int) -> bool:
    return sum(one.stat().st_size for one in parts_of(path)) == size and bool(parts_of(path))


def _forget_others(base: Path, files: dict[str, tuple[str, int]]) -> None:
    """Remove what earlier releases left on the stick, so that it fits."""
    for path in (base / "targets").rglob("*"):
        name = path.relative_to(base).as_posix()
        is_part = path.suffix[1:].isdigit() and len(path.suffix) == 4
        if path.is_file() and (name[:-4] if is_part else name) not in files:
            path.unlink()


def _copy(source: Path, target: Path, part_bytes: int) -> None:
    for old in parts_of(target):
        old.unlink()
    size = source.stat().st_size
    with source.open("rb") as reader:
        for number in range(max(1, -(-size // part_bytes))):
            at = target if size <= part_bytes else target.with_name(f"{target.name}.{number:03d}")
            left = part_bytes
            with at.open("wb") as writer:
                while left and (block := reader.read(min(_BLOCK, left))):
                    writer.write(block)
                    left -= len(block)
                writer.flush()
                os.fsync(writer.fileno())
                # So that reading back reads the stick, not our memory of it.
                os.posix_fadvise(writer.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    sync_folder(target.parent)


def _digest_of(path: Path, size: int) -> str:
    hasher = hashlib.sha256()
    total = 0
    for part in parts_of(path):
        with part.open("rb") as reader:
            while block := reader.read(_BLOCK):
                hasher.update(block)
                total += len(block)
    return hasher.hexdigest() if total == size else ""
