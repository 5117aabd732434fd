"""How often words stand in the library: what mending and asking go by."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from content.search.engine import WHOLE_FIELDS


@dataclass(frozen=True)
class Vocabulary:
    """The folded words and pairs of a library.

    Args:
        in_field: In how many documents a field holds a term.
        count_texts: How many texts there are.
    """

    in_field: Callable[[str, str], int]
    count_texts: Callable[[], int] = lambda: 0

    @cached_property
    def texts(self) -> int:
        """How many texts there are; counted once, for an index never changes."""
        return self.count_texts()

    def frequency(self, term: str) -> int:
        """Return in how many documents a term stands."""
        return sum([self.in_field(name, term) for name in WHOLE_FIELDS])
