"""Found words in a snippet become `<mark>`; everything else is escaped."""

from markupsafe import Markup, escape


def mark(snippet: str) -> Markup:
    """Return a snippet as HTML; its marks are `chr(2)` and `chr(3)`."""
    safe = str(escape(snippet))
    return Markup(safe.replace("\x02", "<mark>").replace("\x03", "</mark>"))  # noqa: S704
