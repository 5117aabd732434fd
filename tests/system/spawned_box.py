"""A whole box from our own package: Debian in a folder, booted by systemd as on a real machine."""

import atexit
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from provisioning.package.layout import DEPENDS

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("mmdebstrap", "systemd-nspawn", "nsenter", "dpkg-deb", "tar")
# What a Debian has that is not among the package's own needs.
BASE = ("systemd-sysv", "dbus", "python3", "curl")
# Where a box that was made is kept for the next run; it holds Debian only.
KEPT = ROOT / ".venv/.box"
SETTINGS = """[kiosk]
library = "/srv/diemdoc/library"
[access_point]
kind = "external"
interface = "host0"
"""
SPAWN = ("systemd-nspawn", "--quiet", "--register=no", "--keep-unit")
START_S = 60.0


@dataclass
class Box:
    """A folder that boots.

    Args:
        init: The process number of its systemd, seen from outside; 0 when it is off.
    """

    folder: Path
    init: int = 0

    def inside(self, *words: str, check: bool = True, stdin: str = "") -> str:
        """Run a program in the running box and return what it wrote."""
        spaces = ("-m", "-u", "-i", "-n", "-p", "-C")
        done = subprocess.run(
            ["nsenter", "--target", str(self.init), *spaces, *words],
            capture_output=True, text=True, check=False, timeout=120, input=stdin,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def unbooted(self, *words: str) -> str:
        """Run a program in the box while it is off."""
        done = subprocess.run(
            [*SPAWN, "--private-network", "-D", str(self.folder), "--pipe", *words],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done.stdout + done.stderr

    def status(self, address: str) -> str:
        """Return the status of a page asked for inside, "000" for none."""
        words = ("curl", "-s", "-o", "/dev/null", "-m", "5", "-w", "%{http_code}", address)
        return self.inside(*words, check=False)

    @contextmanager
    def running(self) -> Iterator[float]:
        """Boot it, yield the seconds until it answered a page, and switch it off."""
        began = time.monotonic()
        with self.started() as (process, log):
            while self.status("http://198.51.100.1/healthz") != "200":
                assert time.monotonic() - began < START_S, log.read_text(errors="replace")
                assert process.poll() is None, log.read_text(errors="replace")
                time.sleep(0.1)
            yield time.monotonic() - began

    @contextmanager
    def started(self) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
        """Boot it, whether it serves or not, and switch it off."""
        log = self.folder.with_name("boot.log")
        with log.open("wb") as out, subprocess.Popen(
            [*SPAWN, f"--machine=dd{os.getpid()}", "--network-veth", "-D", self.folder, "--boot"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            try:
                self.init = _child(process.pid)
                yield process, log
            finally:
                # The power goes: with its first process every other of the box ends.
                os.kill(self.init, signal.SIGKILL)
                process.wait(15)
                self.init = 0


def _child(parent: int) -> int:
    """Return the first process of the box: the only child of the program that made it."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            if found and Path(f"/proc/{found[0]}/comm").read_text().strip() == "systemd":
                return int(found[0])
        time.sleep(0.05)
    raise AssertionError("the box does not start")


def make_box(folder: Path) -> Box:
    """Return a fresh Debian in `folder`, not booted."""
    if os.geteuid() != 0 or not all(shutil.which(one) for one in NEEDED):
        pytest.skip(f"needs root and {', '.join(NEEDED)}")
    wanted = sorted({*BASE, *(one.split(" |")[0] for one in DEPENDS)})
    image = KEPT / f"{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:12]}.tar"
    if not image.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        part = image.with_suffix(".part.tar")
        done = subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(wanted)}",
             "bookworm", part],
            capture_output=True, text=True, check=False, timeout=500,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"Debian cannot be fetched here: {done.stderr[-300:]}")
        part.replace(image)
    root = folder / "box"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "-xf", image], check=True)
    (root / "etc/machine-id").write_text("uninitialized\n", encoding="ascii")
    return Box(root)


def build_package(out: Path) -> Path:
    """Return the package of this checkout for this machine, built once for all tests of a run."""
    out.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(_built(), out))


@cache
def _built() -> Path:
    out = Path(tempfile.mkdtemp(prefix="diemdoc-package-"))
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "package", "build", "--arch", architecture, "-o", out],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (package,) = out.glob("diemdoc_*.deb")
    return package


def with_version(package: Path, version: str, scratch: Path) -> Path:
    """Return the same package under another version."""
    tree, out = scratch / "repacked", scratch / f"diemdoc_{version}.deb"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN/control"
    lines = control.read_text(encoding="utf-8").splitlines()
    changed = [f"Version: {version}" if one.startswith("Version:") else one for one in lines]
    control.write_text("\n".join(changed) + "\n", encoding="utf-8")
    subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, out], check=True)
    return out
