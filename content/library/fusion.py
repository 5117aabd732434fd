"""Merge lists that were ranked apart into one, by rank and by how well a title fits; pure.

Works are ranked by scores of ours, places in archives of others only by the order libzim gives, so
scores cannot be compared. Reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009) needs
ranks alone; a title that says what was asked for lifts its hit. The order inside each list stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from content.search.analysis import tokens

# The constant of the paper damps the first ranks of long lists; ours show their best at once.
_K = 10.0
_TITLE = 3.0
# Of equal fit, what the library has catalogued comes before an archive's page.
_OTHERS = 0.6


@dataclass(frozen=True, slots=True)
class Ranked:
    """One hit of a list.

    Args:
        rank: From 0, in its own list.
        share: `title_share` of its title.
        is_other: Whether it is a page of an archive of others.
    """

    rank: int
    share: float
    is_other: bool = False

    @property
    def value(self) -> float:
        """How much it says for showing the hit early."""
        weight = _OTHERS if self.is_other else 1.0
        return weight * (1.0 + _TITLE * self.share**2) / (_K + self.rank)


def title_share(plain: Sequence[str], title: str) -> float:
    """Return how well a title says the folded words asked for: 0 not at all, 1 exactly these."""
    has = tokens(title)
    if not plain or not has:
        return 0.0
    return 2 * len(set(plain) & set(has)) / (len(set(plain)) + len(set(has)))


def merged(first: Sequence[Ranked], second: Sequence[Ranked]) -> list[tuple[bool, int]]:
    """Return the places of two lists as one order: (whether of the second, place in its list)."""
    order: list[tuple[bool, int]] = []
    left, right = 0, 0
    while left < len(first) or right < len(second):
        is_second = left == len(first) or (
            right < len(second) and second[right].value > first[left].value
        )
        order.append((is_second, right if is_second else left))
        left, right = left + (not is_second), right + is_second
    return order
