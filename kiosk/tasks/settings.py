"""What a task needs of the settings file, handed from the worker to its child as text."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from content.library.settings import SearchSettings
from content.sync.settings import SyncSettings


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """The tables `[search]` and `[sync]`, checked already when the point started.

    Args:
        noise_epsilon: Privacy loss of each figure that leaves the box; 0 adds no noise.
    """

    search: SearchSettings = field(default_factory=SearchSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    noise_epsilon: float = 0.0

    def to_text(self) -> str:
        """Return the settings as one argument of a command."""
        return json.dumps(asdict(self), ensure_ascii=False)


def from_text(text: str) -> TaskSettings:
    """Return the settings in an argument that `to_text` made."""
    raw = json.loads(text)
    sync: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in raw["sync"].items()
    }
    search = SearchSettings(**raw["search"])
    return TaskSettings(search, SyncSettings(**sync), raw["noise_epsilon"])
