"""`python -m kiosk` is `diemdoc`."""

from kiosk.cli import main

main()
