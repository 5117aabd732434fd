"""`diemdoc staff`: the code for the first PIN, and a new beginning when the PIN is forgotten."""

from pathlib import Path

import click

from kiosk import options
from kiosk.accounts import Accounts, Desk
from kiosk.config import state_of


@click.group()
def staff() -> None:
    """The staff console's PIN, for whoever sits at the machine itself."""


@staff.command(epilog="Example: diemdoc staff code")
@options.library
@options.state
@options.config
def code(library: Path | None, state: str | None, config_file: Path | None) -> None:
    """Show the code that the console asks for when the first PIN is made."""
    accounts = _accounts(library, state, config_file)
    click.echo(f"Open /staff/ on a phone and type this code: {accounts.code()}")


@staff.command(epilog="Example: diemdoc staff reset")
@options.library
@options.state
@options.config
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def reset(
    library: Path | None, state: str | None, config_file: Path | None, *, dry_run: bool
) -> None:
    """Forget the PIN and show a new code; a restart of the point also ends open sessions."""
    accounts = _accounts(library, state, config_file)
    if dry_run:
        click.echo("The PIN would be forgotten." if accounts.has_pin else "There is no PIN.")
        return
    click.echo(f"The PIN is forgotten. Open /staff/ and type this code: {accounts.reset()}")


def _accounts(library: Path | None, state: str | None, config_file: Path | None) -> Accounts:
    config = options.config_of(library, state, config_file)
    return Accounts(state_of(config), Desk(), config.staff_code)
