"""The desk of whoever publishes: names of its files, and the collections it publishes.

DESK/desk.toml               the province's name and its collections
DESK/keys/ROLE.pem           keys under a PIN: root-1..3 (take them off to a safe), targets, online
DESK/collections/ID/*.zim    what is to be published
DESK/software/*.deb          new versions of the software, likewise
DESK/repository/             the signed tree: serve it with any web server, copy it to sticks
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.sync.invitation import parse_desk
from province.errors import PublishError


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection.

    Args:
        priority: 0 to 100; a higher one is kept when a point's disk is short.
        communes: Codes of the communes it is for; empty is all.
        min_disk_gb: Smallest content disk it is for.
    """

    identifier: str
    title: str
    priority: int = 50
    communes: tuple[str, ...] = ()
    min_disk_gb: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk folder."""

    root: Path

    @property
    def keys(self) -> Path:
        """Folder of key files."""
        return self.root / "keys"

    @property
    def repository(self) -> Path:
        """The signed tree."""
        return self.root / "repository"

    @property
    def settings(self) -> Path:
        """File of collections."""
        return self.root / "desk.toml"

    def archives(self, collection: str) -> list[Path]:
        """Return the archives that wait in a collection's folder, in order."""
        return sorted((self.root / "collections" / collection).glob("*.zim"))

    def packages(self) -> list[Path]:
        """Return the packages of this software that wait, in order."""
        return sorted((self.root / "software").glob("*.deb"))

    def collections(self) -> list[Collection]:
        """Return the collections of desk.toml.

        Raises:
            PublishError: The file is missing or wrong.
        """
        try:
            raw = tomllib.loads(self.settings.read_text(encoding="utf-8"))
            found = [_collection(one) for one in raw.get("collection", [])]
        except OSError as error:
            raise PublishError(
                f"{self.settings}: cannot be read; make a desk with 'diemdoc repository init'"
            ) from error
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            raise PublishError(f"{self.settings}: {error}") from error
        self._refuse_unnamed({one.identifier for one in found})
        return found

    def reports(self) -> dict[str, str]:
        """Return who takes the points' reports, as it is signed; nothing when desk.toml says none.

        Raises:
            PublishError: The table [reports] is wrong.
        """
        try:
            raw = tomllib.loads(self.settings.read_text(encoding="utf-8")).get("reports")
            return parse_desk(raw).as_facts() if raw is not None else {}
        except (OSError, ValueError) as error:
            raise PublishError(f"{self.settings}: [reports]: {error}") from error

    def _refuse_unnamed(self, named: set[str]) -> None:
        """Say so when archives lie where nothing would publish them."""
        for path in sorted((self.root / "collections").glob("*/*.zim")):
            if path.parent.name not in named:
                raise PublishError(
                    f"{path.parent}: holds archives, but {self.settings.name} names no collection "
                    f"of this id; add to it: [[collection]] id = {path.parent.name!r}"
                )


def _collection(raw: dict[str, Any]) -> Collection:
    one = Collection(
        identifier=str(raw["id"]),
        title=str(raw.get("title", raw["id"])),
        priority=int(raw.get("priority", 50)),
        communes=tuple(str(code) for code in raw.get("communes", [])),
        min_disk_gb=int(raw.get("min_disk_gb", 0)),
    )
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", one.identifier) or one.identifier in {
        "root",
        "targets",
        "snapshot",
        "timestamp",
        "software",
    }:
        raise ValueError(f"collection id {one.identifier!r}: small letters, digits, - and _ only")
    if not 0 <= one.priority <= 100:
        raise ValueError(f"collection {one.identifier}: priority is 0 to 100")
    # What a point would refuse must not be signed (content/repository/targets.py).
    if not 0 <= one.min_disk_gb <= 1_000:
        raise ValueError(f"collection {one.identifier}: min_disk_gb is 0 to 1000")
    return one
