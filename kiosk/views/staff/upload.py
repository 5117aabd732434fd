"""A request whose files go straight to the disk: an archive is larger than a Pi's memory."""

import tempfile
from typing import IO, Any

from flask import Request, current_app

from kiosk.config import state_of
from kiosk.tasks.board import uploads_of

_PATH = "/staff/books/upload"
_SMALL_BYTES = 1_000_000


class PointRequest(Request):
    """A request of this app."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        """Return where a file of a form is written; werkzeug calls it for each."""
        if self.path != _PATH:
            return tempfile.SpooledTemporaryFile(max_size=_SMALL_BYTES)
        folder = uploads_of(state_of(current_app.extensions["config"]))
        folder.mkdir(parents=True, exist_ok=True)
        # It goes with the request; by then the view has given it a second name, or it is unwanted.
        return tempfile.NamedTemporaryFile(dir=folder, suffix=".part")
