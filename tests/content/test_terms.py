"""A record comes back from JSON as it went in, and nothing hostile comes in."""

import pytest

from content.errors import CatalogueError
from content.terms import (
    Download,
    Form,
    Part,
    PartKind,
    Picture,
    Record,
    Sound,
    record_from_json,
    to_json,
)

FULL = Record(
    "E-1",
    "Truyện Kiều",
    Form.EBOOK,
    creator=("Nguyễn Du",),
    language=("vi",),
    covers=(Picture("c.jpg", 1, 2, "image/jpeg"),),
    parts=(
        Part(
            PartKind.TRACK,
            "p.html",
            duration_s=1.5,
            listed=False,
            sounds=(Sound("a.mp3", "audio/mpeg", 9, 0.5, 2.0),),
        ),
    ),
    downloads=(Download("d.epub", "application/epub+zip", 3, "Kiều.epub"),),
)


def test_there_and_back() -> None:
    assert record_from_json(to_json(FULL)) == FULL


def test_unknown_fields_are_left_out() -> None:
    assert record_from_json({**to_json(FULL), "future": {"x": 1}}) == FULL


@pytest.mark.parametrize(
    "change",
    [
        {"id": "a/b"},
        {"id": ""},
        {"id": "x" * 200},
        {"title": ""},
        {"title": "x" * 20_000},
        {"form": "virus"},
        {"creator": "one"},
        {"creator": [1]},
        {"parts": [{"kind": "page", "path": "/etc/passwd"}]},
        {"parts": [{"kind": "page", "path": "a/../../b"}]},
        {"parts": {}},
        {"words": -1},
        {"words": True},
        {"duration_s": "long"},
        {"duration_s": float("nan")},
        {"covers": [{"path": "x", "width": 1e99, "height": 1, "media_type": ""}]},
    ],
)
def test_what_does_not_fit_is_refused_with_its_name(change: dict[str, object]) -> None:
    with pytest.raises(CatalogueError):
        record_from_json({**to_json(FULL), **change})
