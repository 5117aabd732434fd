"""The folder of an index: which engine owns it, and that it is whole.

`engine.json` is written last. A folder without it is what a writer left that was killed; nobody
opens it.
"""

import json
from pathlib import Path

from content.errors import SearchError
from content.files import atomic_write
from content.search.analysis import VERSION as ANALYSIS
from content.search.engine import INDEX_FILE


def begin(folder: Path) -> None:
    """Make the folder of a new index.

    Raises:
        SearchError: It cannot be made, or something is there.
    """
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise SearchError(f"{folder}: no index can be made there: {error.strerror}") from error


def finish(folder: Path, name: str, version: int) -> None:
    """Say that the index in `folder` is whole."""
    stamp = {"engine": name, "version": version, "analysis": ANALYSIS}
    atomic_write(folder / INDEX_FILE, json.dumps(stamp).encode())


def engine_of(folder: Path) -> str:
    """Return the name of the engine that owns a whole index.

    Raises:
        SearchError: There is none.
    """
    return _stamp(folder)[0]


def check(folder: Path, name: str, version: int) -> None:
    """Do nothing if `folder` is a whole index that this engine and analysis can read.

    Raises:
        SearchError: It is not.
    """
    found = _stamp(folder)
    if found[0] != name:
        raise SearchError(f"{folder}: the index is of engine {found[0]!r}, not {name!r}")
    if found != (name, version, ANALYSIS):
        raise SearchError(f"{folder}: the index is old; run 'diemdoc library rebuild'")


def _stamp(folder: Path) -> tuple[str, int, int]:
    try:
        stamp = json.loads((folder / INDEX_FILE).read_bytes())
        return str(stamp["engine"]), int(stamp["version"]), int(stamp["analysis"])
    except FileNotFoundError as error:
        raise SearchError(
            f"{folder}: there is no whole search index; run 'diemdoc library rebuild'"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SearchError(
            f"{folder}: the search index cannot be read ({error}); run 'diemdoc library rebuild'"
        ) from error
