"""Names of every path in a library on disk, and nothing else.

LIBRARY/archives/NAME-SHA16.zim     one file per archive, named by its content
LIBRARY/packed/NAME-SHA16.packed    sidecar of an archive: made at idle times, never needed
LIBRARY/generations/NNNNNN/         generation.json, digests.json, shelf.json, catalogue.sqlite,
                                    search/
LIBRARY/current                     {"generation": N}: replaced by one rename, the commit point
LIBRARY/archives/NAME-SHA16.zim.map the chunk map of a published one, beside it
LIBRARY/incoming/                   archives half fetched, by their digest; they survive changes
LIBRARY/staging/                    what is on its way in; emptied at the next change
LIBRARY/quarantine/                 files that failed their check, each with a reason beside it
LIBRARY/proven.json                 what was read again since the machine started (content.sync)
LIBRARY/words.txt                   words of this place that mean the same, written by staff
LIBRARY/lock                        held while the library is changed
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoreLayout:
    """The paths of one library."""

    root: Path

    @property
    def archives(self) -> Path:
        """Folder of archive files."""
        return self.root / "archives"

    @property
    def packed(self) -> Path:
        """Folder of sidecars."""
        return self.root / "packed"

    def packed_of(self, file: str) -> Path:
        """Return the path of the sidecar of an archive file."""
        return self.packed / f"{file.removesuffix('.zim')}.packed"

    @property
    def generations(self) -> Path:
        """Folder of generations."""
        return self.root / "generations"

    @property
    def current(self) -> Path:
        """File that names the generation in use."""
        return self.root / "current"

    @property
    def staging(self) -> Path:
        """Folder of what is on its way in."""
        return self.root / "staging"

    @property
    def incoming(self) -> Path:
        """Folder of archives that are being fetched."""
        return self.root / "incoming"

    @property
    def quarantine(self) -> Path:
        """Folder of what failed its check."""
        return self.root / "quarantine"

    @property
    def lock(self) -> Path:
        """File whose lock is held while the library is changed."""
        return self.root / "lock"

    @property
    def words(self) -> Path:
        """File of words that mean the same here; staff may write it."""
        return self.root / "words.txt"

    def generation(self, number: int) -> Path:
        """Return the folder of a generation."""
        return self.generations / f"{number:06d}"


def state_beside(library: Path) -> Path:
    """Return where a point keeps what it writes while running, unless somebody says otherwise."""
    return library.with_name(library.name + "-state")


def default_library() -> Path:
    """Return where the library is when nobody says otherwise."""
    return Path.home() / ".local" / "share" / "diemdoc" / "library"
