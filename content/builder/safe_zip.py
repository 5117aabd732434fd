"""Read a ZIP container (EPUB, DOCX, ODT) from anywhere: bounded, never unpacked to names it gives.

Entries are looked up, not extracted, so a name such as `../../x` is only a name. Each read stops at
a limit, whatever the directory of the container claims.
"""

import zipfile
import zlib
from pathlib import Path
from urllib.parse import unquote

from content.errors import SourceError
from content.vietnamese import normalize

MAX_ENTRIES = 20_000
MAX_ENTRY_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
_BLOCK = 1 << 16
_REMEDY = "open it on a computer and save it anew"


class SafeZip:
    """An open container.

    Raises:
        SourceError: It is no ZIP file, is cut short, or has too many entries.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise SourceError(
                "the file is damaged or cut short: it cannot be opened as a ZIP container",
                remedy="copy or download it again",
            ) from error
        infos = self._zip.infolist()
        if len(infos) > MAX_ENTRIES:
            self.close()
            raise SourceError(f"it holds more than {MAX_ENTRIES} files", remedy=_REMEDY)
        self._infos = {one.filename: one for one in infos if not one.is_dir()}
        self._loose = {_loose(name): name for name in reversed(self._infos)}
        self._left = MAX_TOTAL_BYTES

    def close(self) -> None:
        """Let the file go."""
        self._zip.close()

    def names(self) -> list[str]:
        """Return the names of all entries, in the container's order."""
        return list(self._infos)

    def find(self, name: str) -> str | None:
        """Return the entry meant by `name`, forgiving case, accents' form and percent signs."""
        if name in self._infos:
            return name
        return self._loose.get(_loose(name)) or self._loose.get(_loose(unquote(name)))

    def read(self, name: str, limit: int = MAX_ENTRY_BYTES) -> bytes:
        """Return the content of an entry.

        Raises:
            SourceError: It is locked, damaged, or larger than `limit` or than what is left of the
                whole container's bound.
        """
        info = self._infos[name]
        if info.flag_bits & 0x1:
            raise SourceError("the file is locked with a password", remedy="take the lock off")
        limit = min(limit, self._left)
        found = bytearray()
        try:
            with self._zip.open(info) as stream:
                while block := stream.read(_BLOCK):
                    found += block
                    if len(found) > limit:
                        raise SourceError(
                            f"{_shown(name)} unpacks to more than {limit >> 20} MB", remedy=_REMEDY
                        )
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise SourceError(f"{_shown(name)} inside it is damaged", remedy=_REMEDY) from error
        self._left -= len(found)
        return bytes(found)


def _loose(name: str) -> str:
    return normalize(name).casefold().lstrip("/")


def _shown(name: str) -> str:
    return name[:80].encode("ascii", "replace").decode()
