"""Whether several phones met a work on a day: a sketch in this process's memory, in no file ever.

Eight bits a day and work; a phone sets one of them, another for each work. So it does not tell who
it was: one phone in eight sets the same. A restart forgets it, and counts the day as quiet: it is
wrong in that direction only, and for three phones that set the same bits in one case of three.

A phone is an address, whatever browsers it has. The touch screen is one phone all day, because its
visits may all be those of one reader.
"""

from collections import defaultdict

from content.usage.cells import SHARED, When
from content.usage.events import Key
from content.usage.visits import phone_of

BITS = 8


class Phones:
    """How many phones met what, on the days that are not put away yet."""

    def __init__(self) -> None:
        self._met: defaultdict[When, dict[tuple[str, str], int]] = defaultdict(dict)

    def meet(self, day: When, key: Key, visitor: bytes) -> None:
        """Note that a visitor met the value of a key, on whatever surface."""
        met, about = self._met[day], key[:2]
        before = met.get(about, 0)
        if before.bit_count() < SHARED:
            # Python's own hash: of another seed in each process.
            met[about] = before | 1 << hash((phone_of(visitor), about)) % BITS

    def is_shared(self, day: When, key: Key) -> bool:
        """Return whether enough phones met the value of a key that day."""
        return self._met.get(day, {}).get(key[:2], 0).bit_count() >= SHARED

    def move(self, day: When, to: When) -> None:
        """Make a day another one, when the clock becomes right and all of it is that day."""
        self._met[to] = self._met.pop(day, {})

    def forget(self, before: When = "~") -> None:
        """Forget the days before a day, or all."""
        for day in [one for one in self._met if one < before]:
            del self._met[day]
