"""An app in processes of its own, as a box runs it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.bench_serving import free_port, wait_for


@contextmanager
def app_process(folder: Path, *options: str) -> Iterator[tuple[int, int]]:
    """Serve the app alone, over an empty library in `folder`; yield its process and port."""
    port = free_port()
    command = [sys.executable, "-m", "kiosk", "serve", "--part", "app", *options]
    command += ["--library", str(folder / "library"), "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(port, "/healthz")
            yield process.pid, port
        finally:
            process.terminate()
