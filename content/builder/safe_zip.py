"""Read a ZIP container (EPUB, DOCX, ODT) from anywhere: bounded, never unpacked to names it gives.

Entries are looked up, not extracted, so a name such as `../../x` is only a name. Each read stops at
a limit, whatever the directory of the container claims.
"""

import struct
import zipfile
import zlib
from pathlib import Path
from urllib.parse import unquote

from content.errors import SourceError
from content.vietnamese import normalize

MAX_ENTRIES = 20_000
MAX_ENTRY_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
# 20,000 entries with long names; read whole into memory before any can be counted.
MAX_DIRECTORY_BYTES = 8 * 1024 * 1024
_END_RECORD = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BLOCK = 1 << 16
# All that zipfile and zlib raise on bytes that are not what they say.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OSError,
    NotImplementedError,
)
_REMEDY = "open it on a computer and save it anew"


class DamagedEntryError(SourceError):
    """One entry cannot be read; the others may be."""


class SafeZip:
    """An open container.

    Raises:
        SourceError: It is no ZIP file, is cut short, or has too many entries.
    """

    def __init__(self, path: Path) -> None:
        _look_at(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise SourceError(
                "the file is damaged or cut short: it cannot be opened as a ZIP container",
                remedy="copy or download it again",
            ) from error
        infos = self._zip.infolist()
        if len(infos) > MAX_ENTRIES:
            self.close()
            raise SourceError(f"it holds more than {MAX_ENTRIES} files", remedy=_REMEDY)
        self._infos = {one.filename: one for one in infos if not one.is_dir()}
        self._loose: dict[str, str] = {}
        for name in self._infos:
            for spelling in (name, _as_utf_8(self._infos[name])):
                self._loose.setdefault(_loose(spelling), name)
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
            DamagedEntryError: It is damaged, or packed in a way such containers never are.
            SourceError: It is locked, or larger than `limit` or than what is left of the whole
                container's bound.
        """
        info = self._infos[name]
        if info.flag_bits & 0x1:
            raise SourceError("the file is locked with a password", remedy="take the lock off")
        # Others unpack with dictionaries as large as they please; EPUB and ODF know only these.
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise DamagedEntryError(f"{_shown(name)} is packed in an unusual way", remedy=_REMEDY)
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
        except _BROKEN as error:
            reason = f"{_shown(name)} inside it is damaged"
            raise DamagedEntryError(reason, remedy=_REMEDY) from error
        self._left -= len(found)
        return bytes(found)


def _look_at(path: Path) -> None:
    """Refuse, before it is read, a directory too large for memory and what is no ZIP at all."""
    try:
        with path.open("rb") as file:
            begin = file.read(8)
            size = file.seek(0, 2)
            file.seek(max(0, size - 66_000))
            tail = file.read()
    except OSError as error:
        raise SourceError(f"the file cannot be read: {error.strerror}") from error
    if begin == _OLE:
        raise SourceError(
            "the document is locked with a password, or in the format of Word 97",
            remedy="open it in LibreOffice and save it as DOCX or ODT without a password",
        )
    place = tail.rfind(_END_RECORD)
    if place >= 0 and len(tail) >= place + 16:
        directory = int.from_bytes(tail[place + 12 : place + 16], "little")
        if MAX_DIRECTORY_BYTES < directory < 0xFFFFFFFF:
            raise SourceError(f"it holds more than {MAX_ENTRIES} files", remedy=_REMEDY)
        if directory == 0xFFFFFFFF:
            raise SourceError("it is larger than such a document can be", remedy=_REMEDY)


def _as_utf_8(info: zipfile.ZipInfo) -> str:
    """Return the name as packers meant it that write UTF-8 without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _loose(name: str) -> str:
    return normalize(name).replace("\\", "/").casefold().lstrip("/")


def _shown(name: str) -> str:
    return name[:80].encode("ascii", "replace").decode()
