"""Publish what lies on the desk: archives and maps into the tree first, then a signed release.

Files are named by their content, so a run that breaks off leaves the old release in use and the
next run goes on where it stopped. The same archives on the same desk give the same targets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from securesystemslib.signer import Signer
from tuf.api.metadata import TargetFile

from content.archive.validate import ArchiveReport, check_archive
from content.files import sha256_of
from content.repository.software import ROLE as SOFTWARE
from content.repository.targets import MAP_SUFFIX
from province.desk import Collection, Desk
from province.errors import PublishError
from province.packages import name_of, put_packages
from province.release import Release
from province.tree import put_in, target_of

# targets.json has a limit of 5 MB at the reader (FINDINGS, section 6).
MAX_PER_COLLECTION = 5_000
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Change:
    """One archive of a release: `added`, `replaced`, `changed` (its fields), `kept`, `retired`."""

    path: str
    did: str
    size_bytes: int


def publish(  # noqa: PLR0913 -- what a release needs
    desk: Desk,
    keys: tuple[Signer, Signer] | None,
    now: datetime,
    *,
    report: Report,
    retire: Sequence[str] = (),
    replaces: dict[str, str] | None = None,
) -> tuple[Change, ...]:
    """Publish the archives of every collection's folder; one left out of it stays published.

    After a power cut the old release or the new one is in use.

    Args:
        keys: Targets key and online key; None only says what would change.
        retire: Names of archives that are to leave.
        replaces: New name to the name of the archive it takes the place of.

    Raises:
        PublishError: Something on the desk cannot be published; nothing was signed.
    """
    release = Release.load(desk, now)
    changed: dict[str, dict[str, TargetFile]] = {}
    changes: list[Change] = []
    unknown = set(retire)
    leaving = set(retire) | set((replaces or {}).values())
    for one in desk.collections():
        old = release.targets_of(one.identifier)
        new = dict(old)
        for done, path in enumerate(files := desk.archives(one.identifier)):
            report(path.name, done, len(files))
            if path.stem not in leaving:
                changes.append(_bring_in(desk, one, path, new, replaces or {}, is_real=bool(keys)))
        gone = _retire(new, leaving)
        unknown -= {Path(one).stem for one in gone}
        changes += [Change(one, "retired", old[one].length) for one in gone]
        if len(new) > 2 * MAX_PER_COLLECTION:
            raise PublishError(f"collection {one.identifier}: more than 5,000 archives; split it")
        if new != old:
            changed[one.identifier] = new
    old, new = release.targets_of(SOFTWARE), release.targets_of(SOFTWARE)
    packages = [one for one in desk.packages() if name_of(one) not in leaving]
    brought = put_packages(packages, desk.repository, new, is_real=bool(keys))
    gone = _retire(new, leaving)
    unknown -= {Path(one).stem for one in gone}
    changes += [Change(*one) for one in brought]
    changes += [Change(one, "retired", old[one].length) for one in gone]
    changed |= {SOFTWARE: new} if new != old else {}
    if unknown:
        raise PublishError(f"nothing published is called {', '.join(sorted(unknown))}")
    _refuse_twins(release, changed)
    reports = desk.reports()
    if keys and (changed or reports != release.reports):
        release.save(changed, *keys, reports)
    if keys:
        _put_away(desk, leaving)
    return tuple(changes)


def _retire(targets: dict[str, TargetFile], names: set[str]) -> list[str]:
    """Take archives or packages out of `targets` and return their paths."""
    named = [path for path in targets if not path.endswith(MAP_SUFFIX)]
    gone = [path for path in named if Path(path).stem in names]
    for path in gone:
        del targets[path]
        targets.pop(path + MAP_SUFFIX, None)
    return gone


def _bring_in(  # noqa: PLR0913
    desk: Desk,
    collection: Collection,
    path: Path,
    targets: dict[str, TargetFile],
    replaces: dict[str, str],
    *,
    is_real: bool,
) -> Change:
    """Put one archive and its map into the tree, and its targets into `targets`."""
    target = f"{collection.identifier}/{path.stem}.zim"
    sha256, size = sha256_of(path), path.stat().st_size
    old = targets.get(target)
    if old is not None and old.hashes["sha256"] == sha256:
        custom = {**old.unrecognized_fields["custom"], **_fields_of(collection)}
        if custom == old.unrecognized_fields["custom"]:
            return Change(target, "kept", size)
        targets[target] = TargetFile(size, old.hashes, target, {"custom": custom})
        return Change(target, "changed", size)
    report = check_archive(path)
    if not report.is_good or report.metadata is None:
        raise PublishError(f"{path.name}: cannot be published: {'; '.join(report.problems)}")
    custom = _fields_of(collection) | _said(report)
    if path.stem in replaces:
        custom["replaces"] = replaces[path.stem]
    targets[target] = target_of(path, target, sha256, custom)
    if is_real:
        chunk_map = put_in(desk.repository, path, targets[target])
        targets[chunk_map.path] = chunk_map
    return Change(target, "added" if old is None else "replaced", size)


def _fields_of(collection: Collection) -> dict[str, object]:
    return {
        "collection": collection.title,
        "priority": collection.priority,
        "communes": list(collection.communes),
        "min_disk_bytes": collection.min_disk_gb * 10**9,
    }


def _said(report: ArchiveReport) -> dict[str, object]:
    assert report.metadata is not None
    title = report.metadata.title or report.path.stem
    return {"title": title[:200], "works": len(report.records), "uuid": report.metadata.uuid}


def _put_away(desk: Desk, names: set[str]) -> None:
    """Move what was retired out of the collections' folders, or it would come back."""
    archives = [one for c in desk.collections() for one in desk.archives(c.identifier)]
    gone = [one for one in archives if one.stem in names]
    gone += [one for one in desk.packages() if name_of(one) in names]
    for path in gone:
        (desk.root / "retired").mkdir(exist_ok=True)
        path.replace(desk.root / "retired" / path.name)


def _refuse_twins(release: Release, changed: dict[str, dict[str, TargetFile]]) -> None:
    seen: dict[str, str] = {}
    for role in {*release.roles, *changed}:
        for path in changed.get(role, release.targets_of(role)):
            if seen.setdefault(Path(path).name, path) != path:
                raise PublishError(
                    f"two collections hold an archive called {Path(path).stem}; rename one"
                )
