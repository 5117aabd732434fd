"""A reading point and two phones in network namespaces: real DHCP, names, firewall and web server.

A bridge named as the radio stands for it: its isolated ports are hostapd's `ap_isolate`.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioning.machine import machine_files, write_files
from provisioning.settings import MachineSettings

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("ip", "nft", "dnsmasq", "udhcpc", "curl", "bridge", "sysctl")
OWN = "etc/diemdoc/machine"
START_S = 20.0
# What a phone does with the address it was given.
TAKES_ADDRESS = """#!/bin/sh
case "$1" in bound|renew)
  ip address flush dev "$interface"
  ip address add "$ip/$mask" dev "$interface"
  ip route replace default via "$router"
  echo "nameserver $dns" > /etc/resolv.conf
esac
"""
# Tries one address and tells how it went and how long that took, in ms.
TRY = """
import json, socket, sys, time
kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
sock.settimeout(2)
began = time.monotonic()
try:
    sock.connect((host, port))
    if kind == "udp":
        sock.send(b"hello")
        sock.recv(100)
    how = "open"
except OSError as error:
    how = type(error).__name__
print(json.dumps([how, (time.monotonic() - began) * 1000]))
"""
LISTEN = """
import socket, sys, time
socks = [socket.create_server(("0.0.0.0", int(port))) for port in sys.argv[1:]]
print("listening", flush=True)
time.sleep(600)
"""
HOLD = """
import socket, sys
held, refused = [], 0
for _ in range(int(sys.argv[3])):
    try:
        held.append(socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2))
    except ConnectionRefusedError:
        refused += 1
print(len(held), refused, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Place:
    """One machine of the village: a network namespace."""

    name: str

    def run(self, *words: str | Path, check: bool = True) -> str:
        """Run a program there and return what it wrote."""
        done = subprocess.run(
            self.words(*words), capture_output=True, text=True, check=False, timeout=30
        )
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def words(self, *words: str | Path) -> list[str]:
        """Return the command that runs `words` there."""
        return ["ip", "netns", "exec", self.name, *(str(one) for one in words)]

    def try_to_reach(self, kind: str, host: str, port: int) -> tuple[str, float]:
        """Return how it went ("open" or the error's name) and the time it took in ms."""
        how, took_ms = json.loads(self.run(sys.executable, "-c", TRY, kind, host, str(port)))
        return how, took_ms

    @contextmanager
    def running(self, *words: str | Path) -> Iterator[subprocess.Popen[str]]:
        """Run a program there until the block ends."""
        with subprocess.Popen(
            self.words(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
            finally:
                process.terminate()

    @contextmanager
    def listening(self, *ports: int) -> Iterator[None]:
        """Listen on these ports there."""
        numbers = [str(one) for one in ports]
        with self.running(sys.executable, "-c", LISTEN, *numbers) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "listening\n"
            yield

    def address(self) -> str:
        """Return the address that was given to its radio."""
        told = json.loads(self.run("ip", "-json", "-4", "address", "show", "dev", "wlan0"))
        return str(told[0]["addr_info"][0]["local"])


@dataclass(frozen=True, slots=True)
class Village:
    """The point, two phones, and a computer on the point's uplink."""

    box: Place
    phones: tuple[Place, Place]
    office: Place
    folder: Path


@contextmanager
def make_village(folder: Path, settings: MachineSettings) -> Iterator[Village]:
    """Set up a village, and take it down."""
    if os.geteuid() != 0 or not all(shutil.which(one) for one in NEEDED):
        pytest.skip(f"needs root and {', '.join(NEEDED)}")
    tag = f"dd{os.getpid()}"
    box, first, second, office = (Place(f"{tag}-{one}") for one in ("box", "a", "b", "office"))
    village = Village(box, (first, second), office, folder)
    with contextlib.ExitStack() as stack:
        for one in (box, first, second, office):
            _add(one, stack)
        _cable(village)
        _set_up(village, settings, stack)
        for phone in village.phones:
            _join(phone, folder)
        yield village


def _add(place: Place, stack: contextlib.ExitStack) -> None:
    try:
        subprocess.run(["ip", "netns", "add", place.name], check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"network namespaces are not possible here: {error.stderr.decode()}")
    stack.callback(subprocess.run, ["ip", "netns", "delete", place.name], check=False)
    names = Path("/etc/netns") / place.name
    names.mkdir(parents=True)
    (names / "resolv.conf").write_text("", encoding="ascii")
    stack.callback(shutil.rmtree, names)
    place.run("ip", "link", "set", "lo", "up")


def _cable(village: Village) -> None:
    box = village.box
    box.run("ip", "link", "add", "wlan0", "type", "bridge")
    ends = [(f"port{number}", phone, "wlan0") for number, phone in enumerate(village.phones)]
    for near, place, far in [*ends, ("eth0", village.office, "eth0")]:
        box.run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", place.name)
        box.run("ip", "link", "set", near, "up")
        place.run("ip", "link", "set", far, "up")
    for near, _, _ in ends:
        box.run("ip", "link", "set", near, "master", "wlan0")
        box.run("bridge", "link", "set", "dev", near, "isolated", "on")
    box.run("ip", "address", "add", "192.0.2.1/24", "dev", "eth0")
    village.office.run("ip", "address", "add", "192.0.2.9/24", "dev", "eth0")
    village.office.run("ip", "route", "add", "default", "via", "192.0.2.1")


def _set_up(village: Village, settings: MachineSettings, stack: contextlib.ExitStack) -> None:
    """Do what the units of a point do, with the files that they read."""
    box, root = village.box, village.folder / "root"
    write_files(root, machine_files(settings))
    box.run("sysctl", "-q", "-e", "-p", root / "etc/sysctl.d/50-diemdoc.conf", check=False)
    box.run("ip", "-force", "-batch", root / OWN / "addresses")
    box.run("nft", "-f", root / OWN / "nftables.conf")
    names = root / OWN / "dnsmasq.conf"
    text = names.read_text(encoding="utf-8")
    leases = village.folder / "leases"
    text = text.replace("/run/diemdoc-dnsmasq/leases", str(leases))
    names.write_text(text, encoding="utf-8")
    stack.enter_context(
        box.running("dnsmasq", "--keep-in-foreground", f"--conf-file={names}", "--pid-file",
                    "--log-facility=/dev/null", "--user=root")
    )  # fmt: skip
    stack.enter_context(
        box.running(
            sys.executable, "-m", "kiosk", "serve", "--library", village.folder / "library",
            "--bind", "198.51.100.1:80", "--content-bind", "198.51.100.2:80", "--workers", "1",
            "--host", settings.host, "--content-host", settings.content_host,
        )
    )  # fmt: skip
    deadline = time.monotonic() + START_S
    for host in ("198.51.100.1", "198.51.100.2"):
        while box.try_to_reach("tcp", host, 80)[0] != "open":
            assert time.monotonic() < deadline, "the point does not start"
            time.sleep(0.2)


def _join(phone: Place, folder: Path) -> None:
    script = folder / "takes-address"
    script.write_text(TAKES_ADDRESS, encoding="ascii")
    script.chmod(0o755)
    phone.run("udhcpc", "-i", "wlan0", "-n", "-q", "-f", "-s", script, "-x", "hostname:may-cua-lan")
