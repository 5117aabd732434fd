"""`/privacy`: in plain words what is recorded here, and exactly what was recorded today.

What stands under the month only is not shown before the month is over: somebody who looked every
minute, and saw who sits in the room, would learn who reads what.
"""

from typing import Any

from flask import Blueprint, Response, g, jsonify, render_template

from content.errors import ContentError
from content.usage.cells import DAY, Cells
from content.usage.events import Family, Metric, Work
from content.usage.figures import read
from kiosk.config import state_of
from kiosk.i18n import translate
from kiosk.ui.usage_sheet import value_words
from kiosk.views.context import config

bp = Blueprint("privacy", __name__)


@bp.get("/privacy")
def privacy() -> str:
    """Show what is recorded."""
    today, cells, works = _today()
    hours: dict[int, list[int]] = {}
    read_today = []
    for (when, _, key), figures in sorted(cells.items()):
        if key[0] == Family.TRAFFIC and len(when) > DAY:
            row = hours.setdefault(int(when[DAY + 1 :]), [0, 0, 0])
            for place, metric in enumerate(_SHOWN):
                row[place] += figures[metric]
        elif key[0] in _NAMED:
            name = works[key[1]].title if key[0] == Family.WORK and key[1] in works else ""
            words = name or value_words(Family(key[0]), key[1], translate, g.locale)
            read_today.append((words, figures[Metric.VISITS]))
    return render_template(
        "privacy.html",
        today=today,
        counts=bool(config().usage_socket),
        hours=sorted(hours.items()),
        read_today=read_today,
    )


@bp.get("/privacy.json")
def privacy_json() -> Response:
    """Answer with the rows of today as they lie on the disk."""
    day, cells, _ = _today()
    rows: list[dict[str, Any]] = [
        {
            "when": when,
            "about": key[0],
            "value": key[1],
            "device": key[2],
            "by_program": key[3],
            **{metric.counter_name: figures[metric] for metric in Metric if figures[metric]},
        }
        for (when, _line, key), figures in sorted(cells.items())
    ]
    response = jsonify(day=day, recorded=rows)
    response.cache_control.no_store = True
    return response


_SHOWN = (Metric.VISITS, Metric.SEARCHES_PLATFORM, Metric.UNMET_SEARCHES)
_NAMED = (Family.WORK, Family.UNMET)


def _today() -> tuple[str, Cells, dict[str, Work]]:
    """Return the day, its cells as fine as a day, and the works; nothing when nothing is there."""
    try:
        cells, works = read(state_of(config()), "0000-01-01", "9999-12-31")
    except ContentError:
        return "", {}, {}
    day = max((when[:DAY] for when, _, _ in cells if len(when) >= DAY), default="")
    return day, {cell: one for cell, one in cells.items() if day and cell[0][:DAY] == day}, works
