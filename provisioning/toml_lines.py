"""Where a setting stands in a TOML text, so that its error can name the line."""

import difflib
import re
from collections.abc import Sequence


def line_of(text: str, table: str, key: str = "") -> int:
    """Return the line, from 1, of a key in a table, or of the table itself; 0 when not found."""
    header = re.compile(rf"\s*\[\s*[\"']?{re.escape(table)}[\"']?\s*\]")
    setting = re.compile(rf"\s*[\"']?{re.escape(key or table)}[\"']?\s*=")
    dotted = re.compile(rf"\s*{re.escape(table)}\s*\.\s*{re.escape(key)}\s*=")
    inside = not key
    for number, line in enumerate(text.splitlines(), start=1):
        if header.match(line):
            if not key:
                return number
            inside = True
        elif line.lstrip().startswith("["):
            inside = False
        elif (inside and setting.match(line)) or dotted.match(line):
            return number
    return 0


def nearest(word: str, known: Sequence[str]) -> str:
    """Return what else could have been meant, as the end of a sentence."""
    found = difflib.get_close_matches(word, known, n=1)
    if found:
        return f"; did you mean {found[0]!r}?"
    return f"; known: {', '.join(sorted(known))}"
