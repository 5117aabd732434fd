"""Move the library to another disk: copied and checked while readers read, nothing taken away.

Archives and their sidecars are named by their content, so a move that was cut off goes on with what
is missing. The file that names the generation in use is written last: until then the new disk holds
no library, after that it holds the whole.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from content.files import atomic_write, copy_verified, free_bytes, sync_folder
from content.store.change import FLOOR_BYTES, begin
from content.store.layout import StoreLayout
from provisioning.errors import StorageError

Report = Callable[[str, int, int], None]
_COPIED_LAST = "current"
_LEFT = {"lock", "staging", "incoming"}


def move_library(source: Path, target: Path, *, report: Report) -> int:
    """Copy a whole library into a folder on another disk and return the bytes that were copied.

    The library is locked for changes meanwhile. The one that was stays as it is.

    Args:
        target: Folder of the new library; one begun by an earlier run is gone on with.
        report: Called with a file's name, the bytes done and the bytes there are.

    Raises:
        StorageError: The new disk has too little room, or the folder holds another library.
        LibraryBusyError: The library is being changed.
        OSError: A disk failed; the library in use is whole, and running again goes on.
    """
    layout = StoreLayout(source)
    if not layout.current.is_file():
        raise StorageError(f"{source}: holds no library")
    if (target / _COPIED_LAST).exists():
        raise StorageError(f"{target}: holds a library already; nothing was copied")
    with begin(layout):
        files = list(_files(source))
        missing = [one for one in files if not _is_there(source / one, target / one)]
        wanted = sum((source / one).stat().st_size for one in missing)
        target.mkdir(parents=True, exist_ok=True)
        room = free_bytes(target)
        if room < wanted + FLOOR_BYTES:
            raise StorageError(
                f"{target}: {wanted / 1e6:.0f} MB are wanted and {FLOOR_BYTES / 1e6:.0f} MB stay "
                f"free, but there are only {room / 1e6:.0f} MB; use a larger disk"
            )
        done = 0
        for one in missing:
            report(one.name, done, wanted)
            _copy(source / one, target / one)
            done += (target / one).stat().st_size
        atomic_write(target / _COPIED_LAST, layout.current.read_bytes())
    return done


def _files(root: Path) -> Iterator[Path]:
    """Yield what makes a library, without what is on its way into it."""
    for folder, folders, names in os.walk(root):
        here = Path(folder).relative_to(root)
        if here == Path():
            folders[:] = sorted(set(folders) - _LEFT)
        for name in sorted(names):
            if here != Path() or name not in {_COPIED_LAST, *_LEFT}:
                yield here / name


def _is_there(source: Path, target: Path) -> bool:
    """Return whether a file was copied whole: only whole ones get their name."""
    return target.is_file() and target.stat().st_size == source.stat().st_size


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    copy_verified(source, part)
    shutil.copystat(source, part)
    facts = source.stat()
    if os.geteuid() == 0:
        os.chown(part, facts.st_uid, facts.st_gid)
    part.replace(target)
    sync_folder(target.parent)
