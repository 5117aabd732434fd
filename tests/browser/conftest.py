"""A reading point under gunicorn on loopback, and the system's Chromium as an old phone."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.kiosk.conftest import build_library

ROOT = Path(__file__).resolve().parents[2]
START_S = 20
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)


@pytest.fixture(scope="session")
def point(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the samples and return the address."""
    with build_point(tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture(scope="session")
def collection_point(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the real test collection, where it is at hand, and return the address."""
    source = ROOT.parent / "shared" / "collection"
    if not source.is_dir():
        pytest.skip("the test collection is not here")
    base = tmp_path_factory.mktemp("collection")
    archive, library = str(base / "collection.zim"), base / "library"
    diemdoc("build", str(source), "-o", archive)
    diemdoc("library", "add", archive, "--library", str(library))
    with serving(library) as address:
        yield address


@contextlib.contextmanager
def build_point(base: Path, address: str | None = None) -> Iterator[str]:
    """Serve the samples from below `base` and yield the address; or yield one that serves them."""
    if address:
        yield address.rstrip("/")
    else:
        with serving(build_library(base / "library", base)) as made:
            yield made


def diemdoc(*arguments: str) -> None:
    """Run a command of ours."""
    command = [sys.executable, "-m", "kiosk", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


@contextlib.contextmanager
def serving(library: Path, *, port: int = 0, more: Sequence[str] = ()) -> Iterator[str]:
    """Serve a library and yield the address by name: browsers find `*.localhost` by themselves.

    Args:
        more: Options of the command.
    """
    port = port or two_free_ports()
    command = [sys.executable, "-m", "kiosk", "serve", "--library", str(library)]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "1", *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            for one in (port, port + 1):
                wait_for(f"http://127.0.0.1:{one}/healthz")
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def two_free_ports() -> int:
    """Return a port that is free and whose successor is free too.

    It is below those that the kernel gives to connections, which come and go meanwhile.
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as first, socket.socket() as second, contextlib.suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port


def wait_for(address: str) -> None:
    """Wait until something answers there."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(address, timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


Phone = Callable[..., webdriver.Chrome]


def open_phone(
    profile: Path,
    width: int = 360,
    height: int = 640,
    *,
    script: bool = True,
    ratio: float = 2.0,
) -> webdriver.Chrome:
    """Open a phone of the given size that keeps what it keeps in `profile`."""
    options = Options()
    for one in (*OPTIONS, f"--user-data-dir={profile}"):
        options.add_argument(one)
    metrics = {"width": width, "height": height, "pixelRatio": ratio}
    options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    if not script:
        # With scripts switched off the driver, which works by scripts, hangs. So ours never
        # arrive; the pages have no other, their policy forbids it.
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*.js"]})
    return browser


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Phone]:
    """Return a function that opens a phone of the given size, with or without JavaScript."""
    opened: list[webdriver.Chrome] = []

    def start(width: int = 360, height: int = 640, *, script: bool = True) -> webdriver.Chrome:
        profile = tmp_path / f"profile-{len(opened)}"
        browser = open_phone(profile, width, height, script=script)
        opened.append(browser)
        return browser

    yield start
    for one in opened:
        one.quit()
