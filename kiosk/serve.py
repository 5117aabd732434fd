"""`diemdoc serve`: the processes of a reading point, together or one by one."""

import importlib
import os
import socket
import sys
import tempfile
import urllib.request
from dataclasses import replace
from pathlib import Path

import click

from content.errors import ConfigError
from kiosk import options
from kiosk.config import KioskConfig, load_config, split_bind, state_of, with_content_bind
from kiosk.supervise import Process, supervise

# Each process by the module whose `run` it is: it loads nothing that the others need.
PARTS = {
    "app": "kiosk.server",
    "content": "kiosk.serving.server",
    "search": "kiosk.searching.server",
    "packing": "kiosk.packing",
    "tasks": "kiosk.tasks.worker",
    "usage": "kiosk.recording",
}


@click.command(epilog="Example: diemdoc serve --bind 0.0.0.0:8080")
@options.library
@click.option("--bind", metavar="ADDR:PORT", help="Where to serve [default: 127.0.0.1:8080].")
@click.option(
    "--content-bind",
    metavar="ADDR:PORT",
    help="Where to serve the archives' own pages [default: the port after --bind].",
)
@click.option("--host", metavar="NAME", help="Name under which phones find this point.")
@click.option("--content-host", metavar="NAME", help="Name of the archive server.")
@click.option(
    "--share/--no-share",
    default=None,
    help="Let other points take from here what the province published [default: as set, no].",
)
@click.option("--workers", type=click.IntRange(1, 32), help="Processes [default: one per core].")
@options.config
@click.option(
    "--search-socket", metavar="PATH", help="Unix socket of the search process, with --part."
)
@click.option("--usage-socket", metavar="PATH", help="Unix socket of the recorder, with --part.")
@options.state
@click.option(
    "--runtime",
    envvar="RUNTIME_DIRECTORY",
    help="Folder in memory, so that a restart counts nobody anew [default: $RUNTIME_DIRECTORY].",
)
@click.option(
    "--part",
    type=click.Choice(list(PARTS)),
    help="Run one process only, as the units of the box do [default: all, watched].",
)
def serve(  # noqa: PLR0913, PLR0917 -- click passes one an option
    library: Path | None,
    bind: str | None,
    content_bind: str | None,
    host: str | None,
    content_host: str | None,
    workers: int | None,
    config_file: Path | None,
    search_socket: str | None,
    usage_socket: str | None,
    state: str | None,
    runtime: str | None,
    part: str | None,
    *,
    share: bool | None,
) -> None:
    """Serve the reading point until Ctrl+C; a changed library is noticed without a restart.

    Pages of the library, pages of the archives, and the search are processes of their own; each
    that ends is started anew.
    """
    config = load_config(config_file)
    config = replace(
        config,
        library=library or config.library,
        share=config.share if share is None else share,
        bind=bind or config.bind,
        content_bind=content_bind or config.content_bind,
        host=host or config.host,
        content_host=content_host or config.content_host,
        search_socket=search_socket or config.search_socket,
        usage_socket=usage_socket or config.usage_socket,
        state=state or config.state,
        runtime=runtime or config.runtime,
        workers=workers or config.workers,
    )
    config = replace(config, content_bind=with_content_bind(config))
    split_bind(config.content_bind)
    if part is None:
        _all(config, config_file)
    else:
        importlib.import_module(PARTS[part]).run(config)


def _all(config: KioskConfig, config_file: Path | None) -> None:
    for bind, option in ((config.bind, "--bind"), (config.content_bind, "--content-bind")):
        _must_be_free(bind, option)
    host, port = split_bind(config.bind)
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "[::]"} else host  # noqa: S104
    in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="diemdoc-", dir=in_memory) as folder:
        sock = f"{folder}/search.sock"
        command = [sys.executable, "-m", "kiosk", "serve", "--library", str(config.library)]
        command += ["--bind", config.bind, "--content-bind", config.content_bind]
        command += ["--share" if config.share else "--no-share"]
        command += ["--search-socket", sock, "--usage-socket", f"{folder}/usage.sock"]
        command += ["--state", str(state_of(config)), "--runtime", config.runtime or folder]
        if config.host:
            command += ["--host", config.host, "--content-host", config.content_host]
        command += ["--workers", str(config.workers)] if config.workers else []
        command += ["--config", str(config_file)] if config_file else []
        processes = [
            Process(part, [*command, "--part", part], is_idle=part == "packing") for part in PARTS
        ]
        addresses = [
            f"http://{_reachable(one)}/healthz" for one in (config.bind, config.content_bind)
        ]
        supervise(
            processes,
            is_ready=lambda: all(_answers(one) for one in addresses) and Path(sock).exists(),
            announce=lambda: click.echo(
                f"The reading point is open: http://{shown}:{port}/   (Ctrl+C stops it)"
            ),
        )


def _must_be_free(bind: str, option: str) -> None:
    """Refuse an address that another program has.

    Raises:
        ConfigError: It is none, or taken.
    """
    host, port = split_bind(bind)
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((bare, port))
    except OSError as error:
        raise ConfigError(
            f"{bind} cannot be used ({error.strerror}); choose another port: "
            f"{option} {host}:{port + 10}"
        ) from error


def _reachable(bind: str) -> str:
    host, port = split_bind(bind)
    return f"{ {'0.0.0.0': '127.0.0.1', '[::]': '[::1]'}.get(host, host) }:{port}"  # noqa: S104


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 -- our own
    except OSError:
        return False
    return True
