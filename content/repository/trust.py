"""Whom this point trusts: the pinned root and the newest verified metadata, switched by one rename.

STATE/root.json        the root that was given by hand, the anchor of everything
STATE/metadata/N/      verified metadata, as tuf keeps it; never changed once it is current
STATE/current.json     {"metadata": N}: replaced by one rename

It only keeps what others verified (`client.py`), so the archive server reads it without tuf.
"""

import json
import os
import shutil
from pathlib import Path

from content.errors import NotTrustedError, RepositoryError
from content.files import atomic_write, sync_folder

MAX_ROOT = 512_000


class TrustStore:
    """The trust of one reading point.

    Args:
        folder: Made when a root is pinned.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep_root(self, root: bytes) -> None:
        """Make a verified root the anchor (`client.pin`); the same again changes nothing.

        After a power cut it is pinned or not.

        Raises:
            RepositoryError: Another one is pinned.
        """
        path = self._folder / "root.json"
        if path.exists():
            if path.read_bytes() != root:
                raise RepositoryError(
                    "this point trusts another province already; to change that, remove its state "
                    f"folder {self._folder} by hand"
                )
            return
        (self._folder / "metadata").mkdir(parents=True, exist_ok=True)
        atomic_write(path, root)

    def root(self) -> bytes:
        """Return the pinned root.

        Raises:
            NotTrustedError: None was pinned.
        """
        try:
            return (self._folder / "root.json").read_bytes()
        except FileNotFoundError:
            raise NotTrustedError(
                "this point trusts no province yet; give it the province's root file once: "
                "diemdoc sync --root FILE"
            ) from None

    def current(self) -> Path | None:
        """Return the folder of the newest verified metadata, or None before the first."""
        try:
            number = json.loads((self._folder / "current.json").read_bytes())["metadata"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise RepositoryError(f"{self._folder}/current.json cannot be read") from error
        return self._folder / "metadata" / str(int(number))

    def attempt(self) -> Path:
        """Return a new folder with the current metadata, to be refreshed, then adopted or left."""
        current = self.current()
        number = int(current.name) if current else 0
        folder = self._folder / "metadata" / str(number + 1)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "root_history").mkdir(parents=True)
        if current:
            for path in (*current.glob("*.json"), *current.glob("root_history/*.json")):
                if not path.is_symlink():
                    # Files are replaced, never written in place, so a second name is a copy.
                    os.link(path, folder / path.relative_to(current))
        return folder

    def adopt(self, folder: Path) -> None:
        """Make the metadata of a finished attempt current; after a power cut old or new is."""
        sync_folder(folder / "root_history")
        sync_folder(folder)
        sync_folder(folder.parent)
        atomic_write(
            self._folder / "current.json", json.dumps({"metadata": int(folder.name)}).encode()
        )
        for old in folder.parent.iterdir():
            if old.name != folder.name:
                shutil.rmtree(old, ignore_errors=True)
