"""python-tuf's client with our own carrier, our own persistence and our own clock.

tuf writes its files without fsync and reads the machine's clock; both are replaced here. That takes
three private names of `Updater` (`_persist_file`, `_update_root_symlink`, `_trusted_set`), and
tests/content/repository/test_metadata.py breaks when one of them goes.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from tuf.api import exceptions
from tuf.api.metadata import Root, Targets
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from content.errors import CarrierError, MissingFileError
from content.files import atomic_write, sync_folder
from content.repository.carrier import Carrier

CONFIG = UpdaterConfig(
    timestamp_max_length=16_384, snapshot_max_length=2_000_000, targets_max_length=5_000_000
)


class CarrierFetcher(FetcherInterface):
    """Fetch for tuf by a carrier.

    Args:
        prefix: What tuf puts before the paths of the repository's tree.
    """

    def __init__(self, carrier: Carrier, prefix: str = "") -> None:
        self._carrier = carrier
        self._prefix = prefix
        self.problem: CarrierError | None = None
        self.last = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = url.removeprefix(self._prefix)
        self.last = path.rsplit("/", 1)[-1]
        try:
            yield from self._carrier.stream(path)
        except MissingFileError as error:
            raise exceptions.DownloadHTTPError(str(error), 404) from error
        except CarrierError as error:
            self.problem = error
            raise exceptions.DownloadError(str(error)) from error

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Return a small file from memory, never through `$TMPDIR`."""
        data = bytearray()
        for block in self.fetch(url):
            data += block
            if len(data) > max_length:
                raise exceptions.DownloadLengthMismatchError(f"{url}: longer than {max_length}")
        return bytes(data)


class DurableUpdater(Updater):
    """`Updater` whose files survive a power cut and whose time is given.

    Args:
        now: What tuf takes as the time; None is the machine's clock.
    """

    def __init__(  # noqa: PLR0913 -- what tuf itself asks for
        self,
        folder: Path,
        base: str,
        fetcher: FetcherInterface,
        *,
        bootstrap: bytes | None,
        now: datetime | None = None,
        targets: tuple[Path, str] | None = None,
    ) -> None:
        super().__init__(
            str(folder),
            base,
            str(targets[0]) if targets else None,
            targets[1] if targets else None,
            fetcher=fetcher,
            config=CONFIG,
            bootstrap=bootstrap,
        )
        if now is not None:
            self._trusted_set.reference_time = now

    def trusted(self, role: str) -> Targets:
        """Return the verified metadata of a delegated role, loading it when needed.

        Raises:
            RepositoryError: As `get_targetinfo`.
        """
        self.get_targetinfo(f"{role}/")
        try:
            found = self._trusted_set[role]
        except KeyError:
            raise exceptions.RepositoryError(f"{role} is not delegated its own folder") from None
        assert isinstance(found, Targets)
        return found

    def roles(self) -> list[str]:
        """Return the names of the delegated roles, in order of trust."""
        delegations = self._trusted_set.targets.delegations
        return list(delegations.roles or {}) if delegations else []

    @property
    def trusted_set(self) -> object:
        """What has been verified so far."""
        return self._trusted_set

    def _persist_file(self, filename: str, data: bytes) -> None:
        """Replace a metadata file; after a power cut it is the old one or the new one."""
        atomic_write(Path(filename), data)

    def _update_root_symlink(self) -> None:
        """Point root.json at the newest root; after a power cut it points at the old or the new."""
        folder = Path(self._dir)
        version = self._trusted_set.root.version
        temporary = folder / f".root.{os.getpid()}.new"
        with suppress(FileNotFoundError):
            temporary.unlink()
        temporary.symlink_to(Path("root_history") / f"{version}.{Root.type}.json")
        temporary.replace(folder / "root.json")
        sync_folder(folder)
