"""Whether anybody can be linked to a work by how often it was read, over many villages.

script/bench usage-adversary [--villages 12] [--most 1,2,3,5,0]

For each number of visits that the quiet days of a month may leave with a work (0: the rule is off,
all of them), and for each program of tests/content/usage/adversary.py: works named right, what
chance gives, and what 99 % of the deals do not pass. Ends with 1 when, with the number in use, a
program passes that.
"""

import sys
import tempfile
from pathlib import Path
from unittest import mock

from content.usage import cells, ledger, phones
from tests.content.usage.adversary import Result, attack
from tests.content.usage.village import SEED, thirty_days
from tools.bench import arguments

_NO_CUT = 10**6


def attacked(villages: int, most: int) -> dict[str, Result]:
    """Return what each program got.

    Args:
        most: Visits that quiet days leave; 0 is all.
    """
    found: dict[str, Result] = {}
    with (
        mock.patch.object(cells, "QUIET_MOST", most or _NO_CUT),
        mock.patch.object(ledger, "QUIET_MOST", most or _NO_CUT),
        mock.patch.object(phones, "SHARED", phones.SHARED if most else 0),
    ):
        for seed in range(SEED, SEED + villages):
            with tempfile.TemporaryDirectory() as folder:
                attack(thirty_days(Path(folder), seed), most or _NO_CUT, found, seed)
            if sys.stderr.isatty():
                print(f"village {seed - SEED + 1} of {villages}", end="\r", file=sys.stderr)
    return found


def main() -> None:
    """Attack."""
    parser = arguments("usage-adversary", __doc__)
    parser.add_argument("--villages", type=int, default=12, help="how many [12]")
    parser.add_argument(
        "--most",
        default=str(cells.QUIET_MOST),
        help="visits that quiet days may leave a month, several with commas; 0: all [as in use]",
    )
    chosen = parser.parse_args()
    in_use = cells.QUIET_MOST
    is_broken = False
    for most in map(int, chosen.most.split(",")):
        print(f"quiet days leave {most or 'all'}, {chosen.villages} villages:")
        for name, result in attacked(chosen.villages, most).items():
            print(f"  {name}: {result}")
            is_broken = is_broken or (most == in_use and result.right > result.bound)
    sys.exit(is_broken)


if __name__ == "__main__":
    main()
