"""Small .deb files of this software, written without dpkg."""

import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path
from random import Random

from backports import zstd

# Ways in which dpkg-deb packs (deb(5)).
_PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstd.compress,
}


def make_package(
    folder: Path,
    version: str,
    architecture: str = "amd64",
    python: str = "3.11",
    *,
    name: str = "diemdoc",
    size_bytes: int = 100_000,
    packed: str = ".gz",
) -> Path:
    """Write a package that holds nothing but its control file and some bytes (deb(5))."""
    text = (
        f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n"
        f"Depends: python3 (>= {python}), python3 (<< 3.99), nftables\n"
        "Description: a point\n Serves books.\n"
    )
    control = io.BytesIO()
    with tarfile.open(fileobj=control, mode="w") as tar:
        entry = tarfile.TarInfo("./control")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text.encode()))
    members = {
        "debian-binary": b"2.0\n",
        f"control.tar{packed}": _PACK[packed](control.getvalue()),
        "data.tar.gz": Random(version).randbytes(size_bytes),
    }
    data = b"!<arch>\n"
    for member, content in members.items():
        data += f"{member:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        data += content + b"\n" * (len(content) % 2)
    path = folder / f"diemdoc_{version}_{architecture}.deb"
    path.write_bytes(data)
    return path
