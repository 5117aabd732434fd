"""The console script `diemdoc`: sub-commands are named here and loaded when they are called.

So `diemdoc library list` on the box starts without the builder's packages, and a missing extra is
one plain sentence.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from content.errors import ContentError

# Name -> (module, attribute, extra that brings its packages, what it does).
COMMANDS = {
    "archive": ("content.archive.cli", "archive", "", "Check archives."),
    "build": (
        "content.builder.cli",
        "build",
        "builder",
        "Build an archive from a folder of documents.",
    ),
    "completion": ("kiosk.completion", "completion", "", "Print shell completion."),
    "health": ("kiosk.health.cli", "health", "", "Is this point well? Findings, with what to do."),
    "image": ("provisioning.image.cli", "image", "", "Make images of whole disks and cards."),
    "language": ("kiosk.language_cli", "language", "", "Languages of the pages."),
    "library": ("content.library.cli", "library", "", "Archives held by this reading point."),
    "poster": ("kiosk.poster_cli", "poster", "", "The poster at the door, with QR codes."),
    "package": ("provisioning.package.cli", "package", "", "Build the Debian package."),
    "provision": ("provisioning.cli", "provision", "", "Set up the machine of a reading point."),
    "outbox": ("content.sync.outbox_cli", "outbox", "", "What waits to be told to the province."),
    "point": ("content.sync.outbox_cli", "point", "", "This point, as the province knows it."),
    "province": (
        "province.server_cli",
        "province",
        "province",
        "The provincial server: points, reports, the plan.",
    ),
    "repository": (
        "province.cli",
        "repository",
        "province",
        "Publish signed content; the province's side.",
    ),
    "search": ("content.library.search_cli", "search", "", "Search the library, as the web does."),
    "software": (
        "provisioning.software.cli",
        "software",
        "",
        "Versions of this software: what is installed, what waits, what went back.",
    ),
    "staff": ("kiosk.staff_cli", "staff", "", "The staff console's PIN."),
    "sync": ("content.sync.cli", "sync", "", "Bring the library up to date, by wire or stick."),
    "usb": ("content.sync.cli", "usb", "", "Look at a stick, and take content from it."),
    "usage": ("kiosk.usage_cli", "usage", "", "What was read, without knowing by whom."),
    "serve": ("kiosk.serve", "serve", "", "Serve the reading point to phones."),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, attribute, extra, _ = COMMANDS[cmd_name]
        try:
            command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if not extra:
                raise
            raise click.ClickException(
                f"'diemdoc {cmd_name}' needs packages that are not installed ({error.name}): "
                f"install diemdoc[{extra}]"
            ) from error
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][3]) for name in self.list_commands(ctx)])


@click.group(
    cls=_LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        # A unit gives options as variables: DIEMDOC_SERVE_BIND is `diemdoc serve --bind`.
        "auto_envvar_prefix": "DIEMDOC",
    },
    epilog="Exit status: 0 done, 1 refused or failed (the reason is printed), 2 wrong usage; "
    "more in docs/reference/errors.md.",
)
@click.version_option(package_name="diemdoc", prog_name="diemdoc")
def cli() -> None:
    r"""Điểm Đọc: a village reading point from ZIM archives.

    \b
    Build an archive, add it to the library, serve it:
      diemdoc build my-books -o my-books.zim
      diemdoc library add my-books.zim
      diemdoc serve
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; every error of ours becomes one sentence and an exit status."""
    try:
        result: Any = cli.main(args=arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped. Run the same command again to go on.", err=True)
        sys.exit(130)
    except ContentError as error:
        click.echo(f"diemdoc: {error}", err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        # The reader of our output has gone; nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        name = Path(error.filename).name if isinstance(error.filename, str) else ""
        click.echo(f"diemdoc: {name + ': ' if name else ''}{error.strerror or error}", err=True)
        sys.exit(1)
    sys.exit(result if isinstance(result, int) else 0)
