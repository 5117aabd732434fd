"""A sheet as a page that stands alone: no file of ours, no script; it prints on A4."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from kiosk.ui.charts import bars
from kiosk.ui.sheet import Sheet, bars_of, shown

_TEMPLATES = Path(__file__).parent.parent / "templates"


def as_html(sheet: Sheet, _: Callable[[str], str], locale: str) -> str:
    """Return a sheet as HTML."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(_=_, bars=bars, bars_of=bars_of, shown=shown)
    return environment.get_template("report-sheet.html").render(sheet=sheet, lang=locale)
