"""The one settings file of a point, `diemdoc.toml`: each program reads its own tables of it.

A table is a frozen dataclass whose fields are made by `setting`; its defaults give the types. Every
problem of a table is told at once, each with its line and what to write. Every field is a heading
in docs/reference/settings.md (tests compare them).
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from content.errors import ConfigError

DEFAULT_FILE = Path("/etc/diemdoc/diemdoc.toml")
# Returns "" or what is wrong with a value and what to write, as the end of "NAME ...".
Rule = Callable[[Any], str]
_Table = TypeVar("_Table")
_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: 'a text in "quotes"',
    tuple: 'a list of texts, such as ["..."]',
}


def anything(_: Any) -> str:
    """Allow every value of the right type."""
    return ""


def one_of(*allowed: str | int) -> Rule:
    """Return the rule that a value is one of these."""
    words = ", ".join(str(one) for one in allowed)
    return lambda value: "" if value in allowed else f"must be one of: {words}"


def between(least: float, most: float) -> Rule:
    """Return the rule that a number lies between these two, both allowed."""
    return lambda value: "" if least <= value <= most else f"must be {least} to {most}"


def at_least(least: float) -> Rule:
    """Return the rule that a number is so large."""
    return lambda value: "" if value >= least else f"must be {least} or more"


def setting(default: Any, rule: Rule = anything) -> Any:
    """Return a field of a table."""
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True)
class SettingsFile:
    """A settings file that has been read; an empty one when there is none.

    Args:
        name: What to call it in messages.
        raw: Its tables.
    """

    name: str = str(DEFAULT_FILE)
    text: str = ""
    raw: dict[str, Any] = field(default_factory=dict)

    def table(self, name: str, kind: type[_Table]) -> _Table:
        """Return a table as its dataclass.

        Raises:
            ConfigError: A setting is not known, or wrong; the message tells every problem.
        """
        problems: list[str] = []
        found = self.checked(name, kind, problems)
        if problems:
            raise ConfigError("; ".join(problems))
        return found

    def checked(self, name: str, kind: type[_Table], problems: list[str]) -> _Table:
        """Return what is right in a table, and add to `problems` what is not."""
        raw = self.raw.get(name, {})
        if not isinstance(raw, dict):
            problems.append(self.problem(name, "", f"must be a table: write [{name}] on a line"))
            return kind()
        known = {one.name: one for one in fields(kind) if "rule" in one.metadata}  # type: ignore[arg-type]
        values: dict[str, Any] = {}
        for key, value in raw.items():
            if key in known:
                default = _default(known[key])
                values[key] = _typed(value, default)
                words = _wrong_type(values[key], default)
                words = words or known[key].metadata["rule"](values[key])
            else:
                words = f"is no setting{nearest(key, list(known))}"
            if words:
                values.pop(key, None)
                problems.append(self.problem(name, key, words))
        return kind(**values)

    def problem(self, table: str, key: str, words: str) -> str:
        """Return a problem in words, with its line when it stands on one of its own."""
        line = line_of(self.text, table, key)
        place = f"{self.name}, line {line}" if line else self.name
        return f"{place}: [{table}] {key + ' ' if key else ''}{words}"


def read_settings(path: Path | None) -> SettingsFile:
    """Return the settings file at `path`, or the default one when it exists, or an empty one.

    Raises:
        ConfigError: It is missing, cannot be read, or is no TOML.
    """
    chosen = path or DEFAULT_FILE
    if path is None and not chosen.is_file():
        return SettingsFile()
    try:
        text = chosen.read_text(encoding="utf-8-sig")
        return SettingsFile(str(chosen), text, tomllib.loads(text))
    except OSError as error:
        raise ConfigError(f"{chosen}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{chosen}: is not valid TOML: {error}") from error


def line_of(text: str, table: str, key: str = "") -> int:
    """Return the line, from 1, of a key in a table, or of the table itself; 0 when not found."""
    header = re.compile(rf"\s*\[\s*[\"']?{re.escape(table)}[\"']?\s*\]")
    of_key = re.compile(rf"\s*[\"']?{re.escape(key or table)}[\"']?\s*=")
    dotted = re.compile(rf"\s*{re.escape(table)}\s*\.\s*{re.escape(key)}\s*=")
    inside = not key
    for number, line in enumerate(text.splitlines(), start=1):
        if header.match(line):
            if not key:
                return number
            inside = True
        elif line.lstrip().startswith("["):
            inside = False
        elif (inside and of_key.match(line)) or dotted.match(line):
            return number
    return 0


def nearest(word: str, known: Sequence[str]) -> str:
    """Return what else could have been meant, as the end of a sentence."""
    found = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {found[0]!r}?" if found else f"; known: {', '.join(sorted(known))}"


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _typed(value: Any, default: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(default, Path) and isinstance(value, str):
        return Path(value)
    return float(value) if isinstance(default, float) and type(value) is int else value


def _wrong_type(value: Any, default: Any) -> str:
    if isinstance(default, Path):
        return "" if isinstance(value, Path) else f"must be {_KINDS[str]}"
    is_right = type(value) is type(default)
    if is_right and isinstance(value, tuple):
        is_right = all(isinstance(one, str) and one for one in value)
    return "" if is_right else f"must be {_KINDS[type(default)]}"
