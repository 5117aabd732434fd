"""A generation: the complete, immutable set of archives in use, with its catalogue and index.

`current` names the generation in use and is replaced by one rename. A reader that has the old one
open goes on reading it; rolling back is naming the one before. Beside it `current` names those that
were rolled back and may be put in use again, until the next change.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from content.errors import ArchiveUnavailableError, StoreError
from content.files import atomic_write
from content.store.layout import StoreLayout

GENERATION_FILE = "generation.json"
SHELF_FILE = "shelf.json"
CATALOGUE_FILE = "catalogue.sqlite"
SEARCH_FOLDER = "search"
VERSION = 1
KEPT = 3


@dataclass(frozen=True, slots=True)
class HeldArchive:
    """One archive of a generation.

    Args:
        name: Name in addresses (`/content/NAME/...`) and commands.
        file: Name of its file under `archives/`.
        added: UTC date it came into the library, ISO 8601.
        origin: `local` for archives added by hand.
        works: How many works it holds.
    """

    name: str
    file: str
    sha256: str
    size_bytes: int
    uuid: str
    title: str
    added: str
    origin: str = "local"
    works: int = 1

    @property
    def version(self) -> str:
        """What stands in addresses that may be kept for ever: the start of the digest."""
        return self.sha256[:8]


@dataclass(frozen=True, slots=True)
class Generation:
    """The archives of one generation; number 0 is the empty library."""

    number: int
    archives: tuple[HeldArchive, ...] = ()

    def held(self, name: str) -> HeldArchive | None:
        """Return the archive of that name, or None."""
        return next((one for one in self.archives if one.name == name), None)


def current_number(layout: StoreLayout) -> int:
    """Return the number of the generation in use; 0 for an empty library.

    Raises:
        ArchiveUnavailableError: The disk does not give it.
        StoreError: `current` cannot be read.
    """
    try:
        number = json.loads(layout.current.read_text(encoding="utf-8"))["generation"]
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise ArchiveUnavailableError(
            f"{layout.current}: its disk does not answer ({error.strerror}); check its plug"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{layout.current}: cannot be read ({error}); run 'diemdoc library rollback'"
        ) from error
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise StoreError(f"{layout.current}: names no generation; run 'diemdoc library rollback'")
    return number


def load(layout: StoreLayout, number: int) -> Generation:
    """Return a generation by its number.

    Raises:
        StoreError: It is not there or cannot be read.
    """
    if number == 0:
        return Generation(0)
    path = layout.generation(number) / GENERATION_FILE
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        archives = tuple(HeldArchive(**one) for one in data["archives"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"generation {number} cannot be read ({error}); run 'diemdoc library rollback'"
        ) from error
    return Generation(number, archives)


def current(layout: StoreLayout) -> Generation:
    """Return the generation in use."""
    return load(layout, current_number(layout))


def save(folder: Path, generation: Generation) -> None:
    """Write a generation's own description into its folder."""
    data = {"version": VERSION, "archives": [asdict(one) for one in generation.archives]}
    text = json.dumps(data, ensure_ascii=False, indent=1)
    atomic_write(folder / GENERATION_FILE, text.encode())


def switch(layout: StoreLayout, number: int, undone: Sequence[int] = ()) -> None:
    """Put a generation in use; after a power cut the old one or this one is.

    Args:
        undone: Later ones, whole, that may be put in use again.
    """
    said = {"generation": number} | ({"undone": list(undone)} if undone else {})
    atomic_write(layout.current, json.dumps(said).encode())


def undone_numbers(layout: StoreLayout) -> list[int]:
    """Return the numbers of the generations that were rolled back and are there, oldest first."""
    try:
        named = json.loads(layout.current.read_text(encoding="utf-8"))["undone"]
        return [number for number in numbers(layout) if number in named]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def numbers(layout: StoreLayout) -> list[int]:
    """Return the numbers of all whole generations on disk, oldest first."""
    if not layout.generations.is_dir():
        return []
    found = (one for one in layout.generations.iterdir() if one.name.isdigit())
    return sorted(int(one.name) for one in found if (one / GENERATION_FILE).is_file())
