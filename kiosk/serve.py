"""`diemdoc serve`: the reading point's web server."""

import socket
from dataclasses import replace
from pathlib import Path

import click

from kiosk.config import ConfigError, load_config
from kiosk.server import Server


@click.command(epilog="Example: diemdoc serve --bind 0.0.0.0:8080")
@click.option(
    "--library", type=click.Path(file_okay=False, path_type=Path), help="Folder of the library."
)
@click.option("--bind", metavar="ADDR:PORT", help="Where to serve [default: 127.0.0.1:8080].")
@click.option("--workers", type=click.IntRange(1, 32), help="Processes [default: one per core].")
@click.option(
    "--config",
    "config_file",
    envvar="DIEMDOC_CONFIG",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings file [default: /etc/diemdoc/diemdoc.toml when it is there].",
)
def serve(
    library: Path | None, bind: str | None, workers: int | None, config_file: Path | None
) -> None:
    """Serve the reading point until Ctrl+C; a changed library is noticed without a restart."""
    config = load_config(config_file)
    config = replace(
        config,
        library=library or config.library,
        bind=bind or config.bind,
        workers=workers or config.workers,
    )
    host, port = _address(config.bind)

    def ready(_: str) -> None:
        shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host  # noqa: S104
        click.echo(f"The reading point is open: http://{shown}:{port}/   (Ctrl+C stops it)")

    Server(config, ready).run()


def _address(bind: str) -> tuple[str, int]:
    """Return host and port, once it is sure that the port is free.

    Raises:
        ConfigError: The address is none, or another program has the port.
    """
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigError(f"{bind!r} is no address; give one such as 127.0.0.1:8080")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
    except OSError as error:
        raise ConfigError(
            f"{bind} cannot be used ({error.strerror}); choose another port: --bind {host}:8081"
        ) from error
    return host, int(port)
