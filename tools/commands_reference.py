"""Write docs/reference/commands.md from the commands' own help; a test compares the two."""

from collections.abc import Iterator
from pathlib import Path

import click

from kiosk.cli import cli

OUT = Path(__file__).resolve().parent.parent / "docs" / "reference" / "commands.md"
HEAD = """# Commands

Written by `.venv/bin/python -m tools.commands_reference` from the commands' own help.
"""


def sections(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield a section for a command and everything below it."""
    yield f"## `{context.command_path}`\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            settings = command.context_settings | below.context_settings
            yield from sections(below, click.Context(below, context, name, **settings))


def reference() -> str:
    """Return the whole page."""
    context = click.Context(cli, info_name="diemdoc", terminal_width=96, **cli.context_settings)
    return "\n".join([HEAD, *sections(cli, context)])


if __name__ == "__main__":
    OUT.write_text(reference(), encoding="utf-8")
