"""The first file system of a guest: busybox, a few drivers, and a script that goes on to the disk.

The format is that of cpio's "newc" (kernel: Documentation/driver-api/early-userspace/
buffer-format.rst): a header of 110 letters, the name, the bytes, each padded to four.
"""

from pathlib import Path

from tests.system.qemu.kernel import TOOLS, Kernel, fetched

# What a disk and the line to the test need; a watchdog must be there when systemd starts.
FIRST = ("virtio_pci", "virtio_blk", "virtio_console", "crc32c_generic", "ext4", "i6300esb")
_FOLDER, _FILE, _DEVICE = 0o040755, 0o100755, 0o020600
_SCRIPT = """#!/busybox sh
/busybox mount -t devtmpfs none /dev
for driver in {drivers}; do /busybox insmod "/$driver"; done
tries=0
until [ -b /dev/vda ] || [ "$tries" = 300 ]; do tries=$((tries + 1)); /busybox sleep 0.1; done
/busybox mount -t ext4 -o noatime /dev/vda /disk
/busybox mount --move /dev /disk/dev
exec /busybox switch_root /disk /sbin/init
"""


def write_initramfs(path: Path, kernel: Kernel) -> Path:
    """Write what a guest starts with: it mounts its first disk and hands over to it."""
    drivers = kernel.with_needs(*FIRST)
    script = _SCRIPT.format(drivers=" ".join(one.name for one in drivers))
    busybox = fetched("tools", *TOOLS) / "bin/busybox"
    entries = [
        *(_entry(name, _FOLDER) for name in ("dev", "disk", "proc")),
        _entry("dev/console", _DEVICE, device=(5, 1)),
        _entry("busybox", _FILE, busybox.read_bytes()),
        _entry("init", _FILE, script.encode()),
        *(_entry(one.name, _FILE, one.read_bytes()) for one in drivers),
        _entry("TRAILER!!!", 0),
    ]
    path.write_bytes(b"".join(entries))
    return path


def _entry(name: str, mode: int, data: bytes = b"", *, device: tuple[int, int] = (0, 0)) -> bytes:
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % one for one in fields) + name.encode() + b"\0"
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
