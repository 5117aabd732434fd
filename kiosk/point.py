"""What staff chose for this point on the console: its name, language, place, and province.

STATE/point.json, replaced whole. What is chosen here counts before the settings file, at once and
in every worker: the file is looked at with each request, which costs a stat.
"""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from content.errors import ContentError
from content.files import atomic_write
from content.vietnamese import normalize
from kiosk.config import KioskConfig

FILE = "point.json"
VERSION = 1
_LONGEST = 200
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[\x21-\x7e]*)?")


class PointError(ContentError):
    """What was to be chosen for this point cannot be; nothing was changed.

    Args:
        name: Which choice.
    """

    code = "point"
    exit_status = 63

    def __init__(self, name: str, words: str) -> None:
        super().__init__(f"{name}: {words}")
        self.name = name


@dataclass(frozen=True, slots=True)
class PointChoices:
    """What staff chose; "" leaves it to the settings file.

    Args:
        place: Commune and village, as people say it.
        source: Address of the province's repository.
        province_code: What the province gave out to enrol this point.
    """

    point_name: str = ""
    locale: str = ""
    contact: str = ""
    place: str = ""
    source: str = ""
    province_code: str = ""

    @property
    def is_made(self) -> bool:
        """Whether the first questions were answered."""
        return bool(self.point_name)


def parse_choices(raw: Any) -> PointChoices:
    """Return choices from a form or a copy of settings.

    Raises:
        PointError: One is unknown or cannot be; the message says which.
    """
    if not isinstance(raw, dict):
        raise PointError("settings", "are not in the form that this point writes")
    known = {one.name for one in fields(PointChoices)}
    values: dict[str, str] = {}
    for name, value in raw.items():
        if name not in known or not isinstance(value, str):
            raise PointError(str(name)[:40], "is no setting of a point")
        text = " ".join(normalize(value).split())
        if len(text) > _LONGEST or any(unicodedata.category(one)[0] == "C" for one in text):
            raise PointError(name, f"must be at most {_LONGEST} plain letters")
        values[name] = text
    if values.get("locale") and not _TAG.fullmatch(values["locale"]):
        raise PointError("locale", "must be the tag of a language, such as vi")
    if values.get("source") and not _ADDRESS.fullmatch(values["source"]):
        raise PointError(
            "source", "must be an address such as https://thuvien.example.vn/repository"
        )
    return PointChoices(**values)


class PointBook:
    """The choices of one point, read anew when their file changes."""

    def __init__(self, state: Path, config: KioskConfig) -> None:
        self._file = state / FILE
        self._config = config
        self._seen: tuple[int, int] | None = None
        self._choices = PointChoices()

    def choices(self) -> PointChoices:
        """Return what staff chose; a damaged file counts as nothing chosen."""
        try:
            facts = self._file.stat()
        except OSError:
            return PointChoices()
        seen = (facts.st_mtime_ns, facts.st_ino)
        if seen != self._seen:
            try:
                raw = json.loads(self._file.read_bytes())
                self._choices = parse_choices(raw["choices"])
            except (OSError, ValueError, KeyError, TypeError, PointError):
                self._choices = PointChoices()
            self._seen = seen
        return self._choices

    def save(self, choices: PointChoices) -> None:
        """Keep choices; after a power cut the old or the new ones are there."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(self._file, copy_of(choices), mode=0o640)

    @property
    def name(self) -> str:
        """What this point is called."""
        return self.choices().point_name or normalize(self._config.point_name)

    @property
    def contact(self) -> str:
        """Whom readers ask for help."""
        return self.choices().contact or normalize(self._config.contact)

    @property
    def locale(self) -> str:
        """Language of readers who have not chosen."""
        return self.choices().locale or self._config.locale


def copy_of(choices: PointChoices) -> bytes:
    """Return choices as the file of a point, which is also the copy that staff keep."""
    data = {"version": VERSION, "choices": asdict(choices)}
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def read_copy(data: bytes) -> PointChoices:
    """Return the choices in a copy of settings.

    Raises:
        PointError: It is no copy of a point's settings.
    """
    try:
        raw = json.loads(data)
        if raw["version"] != VERSION:
            raise PointError("copy", f"is not of version {VERSION}; update the software")
        return parse_choices(raw["choices"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PointError("copy", "is not a copy of a point's settings") from error
