"""Carry a repository on a folder or USB stick, which may be hostile, damaged or pulled out.

Every component of a path is opened with O_NOFOLLOW, so no link leads out of it; with O_NONBLOCK and
only when it is a regular file, so no pipe or device makes us wait. A file too large for FAT32 lies
there in parts: NAME.000, NAME.001 ...
"""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from content.errors import CarrierError, MissingFileError
from content.repository.carrier import BLOCK

MAX_PARTS = 1000
# A repository lies at the top of a stick, or in this folder of it.
FOLDER = "diemdoc"


def find_repository(folder: Path) -> Path:
    """Return the folder of the repository on a volume: itself, or `diemdoc` in it.

    Raises:
        MissingFileError: There is none.
    """
    for one in (folder, folder / FOLDER):
        if (one / "metadata").is_dir() and not one.is_symlink():
            return one
    raise MissingFileError(
        f"{folder}: holds no signed content (no folder 'metadata'); is it the right stick? "
        "ZIM files of your own are added with 'diemdoc library add'"
    )


class DirectoryCarrier:
    """A repository in a folder.

    Args:
        folder: It holds `metadata/` and `targets/`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._folder)

    def stream(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield a range of a file or of its parts."""
        try:
            with ExitStack() as closing:
                files = self._files(path, closing)
                yield from _read(files, start, end)
        except OSError as error:
            raise CarrierError(
                f"{self.name}: {path[-80:]}: cannot be read ({error.strerror}); "
                "was the stick pulled out?"
            ) from error

    def _files(self, path: str, closing: ExitStack) -> list[tuple[int, int]]:
        """Return descriptor and size of the file, or of each of its parts in order."""
        *folders, name = path.split("/")
        if not name or any(one in {"", ".", ".."} for one in folders):
            raise MissingFileError(f"{self.name}: has no {path[-80:]}")
        here = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        closing.callback(os.close, here)
        for one in folders:
            try:
                here = os.open(
                    one, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here
                )
            except FileNotFoundError as error:
                raise MissingFileError(f"{self.name}: has no {path[-80:]}") from error
            except NotADirectoryError as error:
                raise CarrierError(f"{self.name}: {one!r} is no plain folder; refused") from error
            closing.callback(os.close, here)
        whole = self._open(name, here, closing)
        if whole is not None:
            return [whole]
        parts: list[tuple[int, int]] = []
        while len(parts) < MAX_PARTS:
            part = self._open(f"{name}.{len(parts):03d}", here, closing)
            if part is None:
                break
            parts.append(part)
        if not parts:
            raise MissingFileError(f"{self.name}: has no {path[-80:]}")
        return parts

    def _open(self, name: str, here: int, closing: ExitStack) -> tuple[int, int] | None:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(name, flags, dir_fd=here)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CarrierError(
                f"{self.name}: {name[-80:]} is a link or cannot be opened; refused"
            ) from error
        closing.callback(os.close, descriptor)
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise CarrierError(f"{self.name}: {name[-80:]} is no regular file; refused")
        return descriptor, facts.st_size


def _read(files: list[tuple[int, int]], start: int, end: int | None) -> Iterator[bytes]:
    position = 0
    for descriptor, size in files:
        stop = size if end is None else min(size, end - position)
        offset = max(0, start - position)
        while offset < stop:
            block = os.pread(descriptor, min(BLOCK * 4, stop - offset), offset)
            if not block:
                return
            offset += len(block)
            yield block
        position += size
