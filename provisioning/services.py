"""`diemdoc provision door ...`: what units of the machine start; people rarely do."""

from pathlib import Path

import click

from content.clock import TrustedClock
from provisioning.command import run_command
from provisioning.privileged.server import allowed_users, serve, socket_from_systemd
from provisioning.privileged.verbs import Machine

STATE = Path("/var/lib/diemdoc")
state_option = click.option(
    "--state",
    envvar="STATE_DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    default=STATE,
    show_default=True,
    help="Folder of what the point writes while it runs.",
)


@click.command(epilog="Example: systemctl start diemdoc-privileged.socket")
@state_option
def door(state: Path) -> None:
    """Answer the web app's calls for what only root may do; diemdoc-privileged.socket starts it."""
    listener = socket_from_systemd()
    serve(listener, Machine(run_command, TrustedClock(state / "clock.json")), allowed_users())
