"""What a shelf or a list of hits shows of a work, and its form as JSON."""

from dataclasses import dataclass
from typing import Any

from content.terms import Audience, Form, Picture


@dataclass(frozen=True, slots=True)
class Summary:
    """What a shelf shows of a work.

    Args:
        book: Name of the archive that shows it, "" for paper only.
        path: Entry path of its first page there.
        added: UTC date it came to this point.
        has_paper: Whether a paper copy stands on a shelf here.
    """

    identifier: str
    title: str
    form: Form
    creator: tuple[str, ...] = ()
    collection: str = ""
    audience: Audience = Audience.GENERAL
    book: str = ""
    path: str = ""
    covers: tuple[Picture, ...] = ()
    date: str = ""
    words: int = 0
    duration_s: float = 0.0
    parts: int = 0
    description: str = ""
    added: str = ""
    has_paper: bool = False


def summary_from_json(raw: dict[str, Any]) -> Summary:
    """Return the summary that `to_json` was given."""
    raw = dict(raw)
    raw["identifier"] = raw.pop("id")
    raw["form"] = Form(raw["form"])
    raw["audience"] = Audience(raw.get("audience", Audience.GENERAL))
    raw["creator"] = tuple(raw.get("creator", ()))
    raw["covers"] = tuple(Picture(**one) for one in raw.get("covers", ()))
    return Summary(**raw)
