"""The settings of the search, table `[search]` of the settings file.

An index says itself which engine wrote it; the setting is heeded where a library is changed.
"""

from dataclasses import dataclass

from content.search import engines
from content.settings import between, one_of, setting

TABLE = "search"


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How the library's search index is kept.

    Args:
        engine: Name of the search engine, see `content/search/engines.py`.
        local_gain: How much earlier works of local history come: 0.2 is a fifth of the score.
    """

    engine: str = setting(engines.DEFAULT, one_of(*engines.NAMES))
    local_gain: float = setting(0.2, between(0, 1))
