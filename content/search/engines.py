"""The engines by name: one is chosen by configuration, each index says which one owns it."""

from importlib import import_module
from pathlib import Path
from typing import cast

from content.errors import SearchError
from content.search.engine import HEAP_BYTES, Engine, Index
from content.search.folder import engine_of

# Measured: docs/measurements/search.md.
DEFAULT = "tantivy"
# Where each is; the package that one needs may not be installed.
_HOMES = {
    "tantivy": "content.search.tantivy_engine",
    "fts5": "content.search.fts5",
    "whoosh": "content.search.whoosh_engine",
}
NAMES = tuple(_HOMES)


def engine_called(name: str, heap_bytes: int = HEAP_BYTES) -> Engine:
    """Return the engine of that name.

    Args:
        heap_bytes: About how much a writer may gather in memory.

    Raises:
        SearchError: There is none, or its package is not installed.
    """
    if name not in _HOMES:
        raise SearchError(f"there is no search engine {name!r}; there are: {', '.join(NAMES)}")
    try:
        home = import_module(_HOMES[name])
    except ModuleNotFoundError as error:
        raise SearchError(
            f"search engine {name!r} needs the package {error.name!r}; "
            f"run: pip install 'diemdoc[{name}]'"
        ) from error
    return cast("Engine", home.engine(heap_bytes))


def open_index(folder: Path) -> Index:
    """Open an index with the engine that owns it.

    Raises:
        SearchError: It is missing, damaged or old.
    """
    return engine_called(engine_of(folder)).open(folder)
