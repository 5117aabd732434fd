"""New versions of the software among what is published: the .deb files in DESK/software/.

A package says of itself what it is (deb(5)); the name of its target says the same, signed.
"""

import gzip
import lzma
import re
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import HeaderParser
from io import BytesIO
from pathlib import Path

from backports import zstd
from tuf.api.metadata import TargetFile

from content.files import sha256_of
from content.repository.software import order, target_path
from province.errors import PublishError
from province.tree import put_in, target_of

_MAGIC = b"!<arch>\n"
_HEAD = 60
_MOST_CONTROL = 1 << 20
_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes, ".gz": gzip.decompress, ".xz": lzma.decompress, ".zst": zstd.decompress,
}  # fmt: skip
_PYTHON = re.compile(r"python3 \(>= (3\.\d{1,2})\)")


@dataclass(frozen=True, slots=True)
class Package:
    """What a package says of itself.

    Args:
        python: Of the Debian that it is for.
    """

    version: str
    architecture: str
    python: str


def read_package(path: Path) -> Package:
    """Return what a .deb says of itself.

    Raises:
        PublishError: It is none of this software, or not whole.
    """
    try:
        text = _control(path)
    except (OSError, ValueError, KeyError, EOFError, lzma.LZMAError, tarfile.TarError) as error:
        raise PublishError(f"{path.name}: is no package, or not whole ({error})") from error
    except zstd.ZstdError as error:
        raise PublishError(f"{path.name}: is not whole ({error})") from error
    field = HeaderParser().parsestr(text)
    python = _PYTHON.search(field.get("Depends", ""))
    version, architecture = field.get("Version", ""), field.get("Architecture", "")
    if field.get("Package") != "diemdoc" or python is None:
        raise PublishError(
            f"{path.name}: is no package of this software; make it: diemdoc package build"
        )
    try:
        order(version)
    except ValueError as error:
        raise PublishError(f"{path.name}: {error}; set it in pyproject.toml") from error
    if architecture not in {"amd64", "arm64"}:
        raise PublishError(f"{path.name}: is for {architecture!r}; amd64 and arm64 are published")
    return Package(version, architecture, python[1])


def name_of(path: Path) -> str:
    """Return what a package is called where it is published; errors as `read_package`."""
    said = read_package(path)
    return Path(target_path(said.version, said.architecture, said.python)).stem


def put_packages(
    packages: list[Path], repository: Path, targets: dict[str, TargetFile], *, is_real: bool
) -> list[tuple[str, str, int]]:
    """Put packages into the tree and into `targets`; return path, what was done, and size of each.

    Raises:
        PublishError: One cannot be published.
    """
    done = []
    for path in packages:
        said, sha256 = read_package(path), sha256_of(path)
        target = target_path(said.version, said.architecture, said.python)
        old = targets.get(target)
        did = "added" if old is None else "kept"
        if old is not None and old.hashes["sha256"] != sha256:
            # A version is one thing for ever: points that have it would never take the other one.
            raise PublishError(
                f"{path.name}: version {said.version} is published with other bytes; "
                "give the new one a new version"
            )
        if old is None:
            targets[target] = target_of(path, target, sha256, {})
            if is_real:
                chunk_map = put_in(repository, path, targets[target])
                targets[chunk_map.path] = chunk_map
        done.append((target, did, path.stat().st_size))
    return done


def _control(path: Path) -> str:
    """Return the control file of a .deb: an ar archive with one tar in it (deb(5))."""
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError("it does not begin as one")
        while head := file.read(_HEAD):
            name, size = head[:16].decode("ascii").strip(), int(head[48:58])
            if name.startswith("control.tar"):
                if size > _MOST_CONTROL:
                    raise ValueError("its control part is too large")
                data = _UNPACK[name.removeprefix("control.tar")](file.read(size))
                with tarfile.open(fileobj=BytesIO(data)) as tar:
                    found = tar.extractfile("./control")
                    return found.read(_MOST_CONTROL).decode("utf-8") if found else ""
            file.seek(size + size % 2, 1)
    raise ValueError("it has no control part")
