"""What a WSGI server loads: `kiosk.wsgi:application`, with the settings file as usual.

Let it make its workers after loading this (gunicorn: `--preload`), or run one: phones that passed
the portal, and staff who are signed in, are known to the workers that inherit one memory.
"""

import os
from pathlib import Path

from kiosk.app import create_app
from kiosk.config import load_config

_named = os.environ.get("DIEMDOC_CONFIG")
application = create_app(load_config(Path(_named) if _named else None))
