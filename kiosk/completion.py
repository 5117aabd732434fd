"""`diemdoc completion SHELL`: what a shell needs to complete our commands."""

import click
from click.shell_completion import get_completion_class

from content.errors import ContentError


@click.command(epilog='Example: eval "$(diemdoc completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL; source it from the shell's start file."""
    kind = get_completion_class(shell)
    if kind is None:
        raise ContentError(f"no completion is known for {shell}")
    root = context.find_root().command
    click.echo(kind(root, {}, "diemdoc", "_DIEMDOC_COMPLETE").source())
