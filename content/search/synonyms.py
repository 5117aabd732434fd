"""Other words for the same: an editable list of synonyms and of old and new names of places.

The format, one rule a line, UTF-8; `#` begins a comment:

    sách nói = sách nghe          either also finds the other
    Thị xã Lai Châu > Lai Châu    the left also finds the right, not the reverse

A rule of one syllable holds only for a query with its accents: folded, it would be another word.
The lists of the package are in `words/`; a point may add its own file.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from content.errors import SearchError
from content.search.analysis import tokens, words_of
from content.vietnamese import canon

MAX_BYTES = 1_000_000
_Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Synonyms:
    """Rules: a folded phrase (or one exact syllable) to other folded phrases."""

    rules: dict[_Phrase, tuple[_Phrase, ...]] = field(default_factory=dict)

    @cached_property
    def _lengths(self) -> dict[str, set[int]]:
        """How long the phrases are that begin with a word."""
        lengths = defaultdict(set)
        for phrase in self.rules:
            lengths[phrase[0]].add(len(phrase))
        return lengths

    def other_ways(self, plain: Sequence[str], exact: Sequence[str] = ()) -> list[_Phrase]:
        """Return `plain` with each phrase that has a rule said otherwise, the longest first.

        Args:
            exact: The same words in their exact form (`vietnamese.canon`).
        """
        begun = [
            (length, start, tuple(plain[start : start + length]))
            for start, word in enumerate(plain)
            for length in self._lengths.get(word, ())
            if start + length <= len(plain)
        ]
        begun += [(1, start, (f"={word}",)) for start, word in enumerate(exact)]
        found = [
            (*plain[:start], *other, *plain[start + length :])
            for length, start, key in sorted(begun, key=lambda one: (-one[0], one[1]))
            for other in self.rules.get(key, ())
        ]
        return list(dict.fromkeys(found))


def load_synonyms(local: Path | None = None) -> Synonyms:
    """Return the rules of the package, and those of a file of this point if it is there.

    Raises:
        SearchError: The point's file cannot be read; the message names the line.
    """
    if local is None or not local.is_file():
        return _own()
    try:
        if local.stat().st_size > MAX_BYTES:
            raise SearchError(f"{local}: is larger than {MAX_BYTES // 1000} kB")
        lines = local.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise SearchError(f"{local}: is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise SearchError(f"{local}: cannot be read: {error.strerror}") from error
    return _merged((_own(), read_rules(lines, str(local))))


def read_rules(lines: Iterable[str], source: str) -> Synonyms:
    """Return the rules in `lines`.

    Raises:
        SearchError: A line is no rule.
    """
    rules: dict[_Phrase, list[_Phrase]] = defaultdict(list)
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        is_both = "=" in text
        sides = [one.strip() for one in text.split("=" if is_both else ">")]
        phrases = [tuple(tokens(one)) for one in sides]
        if len(sides) < 2 or not all(phrases) or (not is_both and len(sides) != 2):
            raise SearchError(
                f"{source}, line {number}: is no rule; write 'words = other words' or 'old > new'"
            )
        for place, side in enumerate(sides):
            if is_both or place == 0:
                key = _key(side, phrases[place])
                others = [one for one in phrases if one != phrases[place]]
                rules[key] += [one for one in others if one not in rules[key]]
    return Synonyms({key: tuple(others) for key, others in rules.items()})


def _key(side: str, phrase: _Phrase) -> _Phrase:
    return phrase if len(phrase) > 1 else (f"={canon(words_of(side)[0])}",)


def _merged(parts: Iterable[Synonyms]) -> Synonyms:
    rules: dict[_Phrase, tuple[_Phrase, ...]] = {}
    for part in parts:
        for key, others in part.rules.items():
            rules[key] = tuple(dict.fromkeys((*rules.get(key, ()), *others)))
    return Synonyms(rules)


@cache
def _own() -> Synonyms:
    folder = files("content.search") / "words"
    lists = sorted((one for one in folder.iterdir() if one.name.endswith(".txt")), key=str)
    return _merged(
        read_rules(one.read_text(encoding="utf-8").splitlines(), one.name) for one in lists
    )
