"""The checksum that ends a ZIM file, made while the file is written instead of read back.

The last 16 bytes are the MD5 of all before them (openZIM: ZIM file format; libzim opens no file
where they lie elsewhere). What `Archive.check()` says of a file is whether they agree.
"""

import hashlib

_LENGTH = 16


class RunningChecksum:
    """Fed with a file's bytes in order, says whether its checksum is right.

    Args:
        size_bytes: Of the whole file.
    """

    def __init__(self, size_bytes: int) -> None:
        self._left = max(0, size_bytes - _LENGTH)
        self._made = hashlib.md5(usedforsecurity=False)
        self._said = b""

    def update(self, data: bytes) -> None:
        """Take the next bytes in."""
        if len(data) <= self._left:
            self._made.update(data)
            self._left -= len(data)
            return
        self._made.update(memoryview(data)[: self._left])
        self._said += data[self._left :]
        self._left = 0

    @property
    def is_right(self) -> bool:
        """Whether all bytes came and the last ones are the digest of the others."""
        return not self._left and self._said == self._made.digest()
