"""The disk of a guest that is a reading point: Debian, our package, our units.

It is made once in a run of the tests, with a line by which tests run programs, and never written by
a guest.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tests.system.qemu.kernel import DRIVERS, TOOLS, Kernel, fetched
from tests.system.qemu.machine import ANSWERS
from tests.system.spawned_box import Box, make_box

SIZE_MB = 1400
SSID = "Điểm đọc bản Nậm Mạ"
MAX_PHONES = 2
SETTINGS = f"""[machine]
model = "pc"
[kiosk]
library = "/srv/diemdoc/library"
[access_point]
ssid = "{SSID}"
max_phones = {MAX_PHONES}
"""
_UNIT = """[Unit]
DefaultDependencies=no
After=local-fs.target systemd-tmpfiles-setup.service
[Service]
ExecStart=/usr/local/sbin/answers
Restart=always
OOMScoreAdjust=-900
[Install]
WantedBy=basic.target
"""
# Readers of a box never ask for these; each costs a translated start some seconds.
MASKED = (
    "NetworkManager.service", "NetworkManager-wait-online.service", "systemd-networkd.service",
    "systemd-timesyncd.service", "wpa_supplicant.service", "hostapd.service", "getty.target",
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
    "e2scrub_reap.service", "fstrim.timer", "modprobe@drm.service", "modprobe@fuse.service",
    "modprobe@configfs.service", "modprobe@efi_pstore.service", "modprobe@dm_mod.service",
    "modprobe@loop.service",
)  # fmt: skip


def make_image(folder: Path, kernel: Kernel, package: Path) -> Path:
    """Return an ext4 image of a reading point, its settings carried out."""
    box = make_box(folder)
    _add_tools(box.folder, kernel)
    shutil.copy(package, box.folder / "diemdoc.deb")
    box.unbooted("dpkg", "-i", "/diemdoc.deb")
    (box.folder / "diemdoc.deb").unlink()
    (box.folder / "etc/diemdoc/diemdoc.toml").write_text(SETTINGS, encoding="utf-8")
    told = box.unbooted("diemdoc", "provision", "apply", "--no-start")
    assert "units: diemdoc-web.socket" in told, told
    _add_line(box)
    image = folder / "point.ext4"
    subprocess.run(
        ["mkfs.ext4", "-q", "-F", "-d", box.folder, image, f"{SIZE_MB}M"],
        check=True, capture_output=True,
    )  # fmt: skip
    shutil.rmtree(box.folder)
    return image


def _add_tools(root: Path, kernel: Kernel) -> None:
    """Add drivers, and programs of Debian that only a test needs."""
    tools = fetched("tools", *TOOLS)
    # /bin and its kind are links into /usr on the box, and folders in packages.
    subprocess.run(
        ["sh", "-c", 'tar -C "$0" -c . | tar -C "$1" -x --keep-directory-symlink', tools, root],
        check=True,
    )
    # What the package's own script does: what Debian says of radio bands is what the kernel reads.
    for one in ("regulatory.db", "regulatory.db.p7s"):
        (root / "usr/lib/firmware" / one).symlink_to(f"{one}-debian")
    to = root / "usr/lib/modules" / kernel.release
    for one in (*(f"kernel/{name}" for name in DRIVERS), "modules.order", "modules.builtin",
                "modules.builtin.modinfo"):  # fmt: skip
        source, target = kernel.drivers / one, to / one
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy(source, target)
    subprocess.run(["chroot", root, "depmod", "-a", kernel.release], check=True)


def _add_line(box: Box) -> None:
    """Add the service that runs the test's programs, and leave out what no reader asks for."""
    script = box.folder / "usr/local/sbin/answers"
    script.write_text(ANSWERS, encoding="ascii")
    script.chmod(0o755)
    units = box.folder / "etc/systemd/system"
    (units / "answers.service").write_text(_UNIT, encoding="ascii")
    wants = units / "basic.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "answers.service").symlink_to("../answers.service")
    for unit in MASKED:
        link = units / unit
        link.unlink(missing_ok=True)
        link.symlink_to(os.devnull)
