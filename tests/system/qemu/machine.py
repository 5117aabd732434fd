"""A whole computer in QEMU: its power, its console, its plugs, and programs run in it.

There is no hardware help (KVM) where the tests run, so QEMU translates every instruction: a guest
is ten to twenty times slower than the machine around it, and waits are as long as that asks.
"""

import base64
import json
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.system.qemu.initramfs import write_initramfs
from tests.system.qemu.kernel import Kernel

BOOT_S = 400.0
RUN_S = 240.0
_TAIL = 2500
# Answers one line at a time: a script in base64 comes, its status and what it wrote go back.
# It is what the guest runs as a service; the port has no line discipline that could change bytes.
ANSWERS = """#!/bin/sh
exec 3<>"$(ls /dev/vport*p1)"
echo ready >&3
while read -r script <&3; do
  echo "$script" | base64 -d > /run/asked
  sh /run/asked < /dev/null > /run/answer 2>&1 3<&-
  echo "$? $(base64 -w0 < /run/answer)" >&3
done
"""
_COMMAND_LINE = "console=ttyS0 panic=-1 mitigations=off random.trust_cpu=on net.ifnames=0"


class GuestError(AssertionError):
    """The guest did not do in time what was awaited; the console's last lines are told."""


@dataclass(frozen=True, slots=True)
class Drive:
    """A disk of a guest, in the order in which it sees them: vda, vdb ...

    Args:
        throws_away: What the guest writes is gone when it ends; the image stays as it was.
        log: File of every write in its order (power.py); None writes to the image.
    """

    image: Path
    throws_away: bool = False
    log: Path | None = None


@dataclass
class Machine:
    """A computer that is on within a `with` block.

    Args:
        folder: Where console and first file system are written.
        line: More words for the kernel.
        devices: More devices, as QEMU's `-device` takes them.
        events: What QEMU told by itself, as far as it was read by `ask`.
    """

    folder: Path
    kernel: Kernel
    drives: Sequence[Drive]
    line: str = ""
    devices: Sequence[str] = ()
    memory_mb: int = 1024
    events: list[dict[str, Any]] = field(default_factory=list, init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _held: dict[socket.socket, bytes] = field(default_factory=dict, init=False, repr=False)

    @property
    def console(self) -> Path:
        """What the guest's kernel and system wrote to the serial line."""
        return self.folder / "console.log"

    def __enter__(self) -> Self:
        """Switch it on and wait until programs can be run in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._port, port = socket.socketpair()
        self._monitor, monitor = socket.socketpair()
        first = write_initramfs(self.folder / "initramfs", self.kernel)
        words = [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
            "-machine", "q35,accel=tcg", "-cpu", "Nehalem", "-smp", "1", "-m", str(self.memory_mb),
            "-action", "watchdog=reset", "-rtc", "clock=host",
            "-kernel", str(self.kernel.image), "-initrd", str(first),
            "-append", f"{_COMMAND_LINE} {self.line}",
            "-chardev", f"file,id=console,path={self.console}", "-serial", "chardev:console",
            "-chardev", f"socket,id=monitor,fd={monitor.fileno()}",
            "-mon", "chardev=monitor,mode=control",
            "-device", "virtio-serial-pci,max_ports=2",
            "-chardev", f"socket,id=port,fd={port.fileno()}",
            "-device", "virtserialport,chardev=port,nr=1",
            "-device", "qemu-xhci,id=usb", "-device", "virtio-rng-pci",
        ]  # fmt: skip
        for number, drive in enumerate(self.drives):
            words += [*_drive(f"drive{number}", drive), "-device",
                      f"virtio-blk-pci,drive=drive{number}"]  # fmt: skip
        for device in self.devices:
            words += ["-device", device]
        self.process = subprocess.Popen(
            # Behind everything else on this machine, and gone with the test, however that ends.
            ["setpriv", "--pdeathsig", "KILL", "nice", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            pass_fds=(port.fileno(), monitor.fileno()),
        )  # fmt: skip
        port.close()
        monitor.close()
        self._held = {}
        try:
            json.loads(self._read(self._monitor, 20, "QEMU's greeting"))
            self.ask("qmp_capabilities")
            self.wait_until_ready()
        except BaseException:
            self.cut()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Switch it off, hard."""
        self.cut()

    def cut(self) -> None:
        """Take the power away: nothing of the guest runs on, or is written any more."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(20)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self._port.close()
            self._monitor.close()
            self.process = None

    def wait_until_ready(self, timeout_s: float = BOOT_S) -> None:
        """Wait until the guest, after a start of its own, runs programs (again)."""
        while self._read(self._port, timeout_s, "the start of the guest") != b"ready":
            pass

    def run(self, script: str, *, check: bool = True, timeout_s: float = RUN_S) -> str:
        """Run a script in the guest as root and return what it wrote."""
        self._port.sendall(base64.b64encode(script.encode()) + b"\n")
        answer = self._read(self._port, timeout_s, script)
        status, _, text = answer.partition(b" ")
        told = base64.b64decode(text).decode(errors="replace")
        assert not check or status == b"0", f"{script}: ended with {status.decode()}: {told}"
        return told

    def wait_for(self, script: str, *, timeout_s: float = RUN_S, state: str = "") -> str:
        """Run a script until it succeeds; `state` is a script whose words tell why it did not."""
        deadline = time.monotonic() + timeout_s
        while True:
            told = self.run(f"( {script}\n) && echo 'it is so'", check=False)
            if told.endswith("it is so\n"):
                return told.removesuffix("it is so\n")
            if time.monotonic() > deadline:
                why = self.run(state, check=False) if state else told
                raise GuestError(f"not so within {timeout_s:.0f} s: {script}\n{why}\n{self.tail()}")
            time.sleep(0.3)

    def ask(self, name: str, **arguments: Any) -> Any:
        """Give QEMU a command (QMP) and return its answer."""
        self._monitor.sendall(json.dumps({"execute": name, "arguments": arguments}).encode())
        while True:
            told = json.loads(self._read(self._monitor, 30, name))
            if "error" in told:
                raise GuestError(f"QEMU refuses {name}: {told['error']['desc']}")
            if "return" in told:
                return told["return"]
            if "event" in told:
                self.events.append({"event": told["event"], **told.get("data", {})})

    def plug(self, name: str, image: Path) -> None:
        """Put a stick into a USB plug."""
        self.ask("blockdev-add", **{"node-name": name, **_file(image)})
        stick = {"driver": "usb-storage", "bus": "usb.0", "removable": True}
        self.ask("device_add", id=f"{name}-plug", drive=name, serial=name.upper(), **stick)

    def pull(self, name: str) -> None:
        """Pull a stick out: the guest is not asked."""
        self.ask("device_del", id=f"{name}-plug")
        deadline = time.monotonic() + 20
        while True:
            try:
                self.ask("blockdev-del", **{"node-name": name})
            except GuestError:
                # It is in use until the device is gone.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def tail(self) -> str:
        """Return the console's last lines."""
        text = self.console.read_text(errors="replace") if self.console.exists() else ""
        return f"--- console ---\n{text[-_TAIL:]}"

    def _read(self, sock: socket.socket, timeout_s: float, what: str) -> bytes:
        """Return the next line that comes by a socket."""
        held = self._held.pop(sock, b"")
        deadline = time.monotonic() + timeout_s
        while b"\n" not in held:
            sock.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                more = sock.recv(1 << 16)
            except TimeoutError:
                raise GuestError(
                    f"no answer within {timeout_s:.0f} s: {what}\n{self.tail()}"
                ) from None
            if not more:
                raise GuestError(f"QEMU ended: {self._last_words()}\n{self.tail()}")
            held += more
        line, _, self._held[sock] = held.partition(b"\n")
        return line.strip()

    def _last_words(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.wait(10)
        return self.process.stdout.read().decode(errors="replace").strip()


def _file(image: Path) -> dict[str, Any]:
    return {"driver": "raw", "file": {"driver": "file", "filename": str(image)}}


def _drive(name: str, drive: Drive) -> list[str]:
    """Return how QEMU is told of a disk (qapi/block-core.json)."""
    if drive.throws_away:
        return ["-drive", f"file={drive.image},format=raw,if=none,id={name},snapshot=on"]
    if drive.log is None:
        return ["-blockdev", json.dumps({"node-name": name, **_file(drive.image)})]
    drive.log.write_bytes(b"")
    logged = {"driver": "blklogwrites", "file": _file(drive.image), "log": _file(drive.log)}
    return ["-blockdev", json.dumps({"node-name": name, **logged})]
