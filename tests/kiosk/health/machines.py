"""Machines as trees of files: what /sys, /proc and /etc look like on them."""

from collections.abc import Mapping
from pathlib import Path

_PI = {
    "sys/class/thermal/thermal_zone0/temp": "52616\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
    "sys/block/mmcblk0/size": "62333952\n",  # 32 GB
    "sys/fs/ext4/mmcblk0p2/errors_count": "0\n",
    "sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes": "104857600\n",  # 100 GB
    "proc/mounts": (
        "overlay / overlay rw,noatime 0 0\n"
        "/dev/mmcblk0p1 /boot/firmware vfat ro,relatime 0 0\n"
        "/dev/mmcblk0p3 / ext4 rw,noatime 0 0\n"
    ),
    "etc/diemdoc/machine/hostapd.conf": (
        "# made by provisioning\ninterface=wlan0\nbridge=br0\nssid2=\"x\"\nmax_num_sta=10\n"
    ),
    "sys/class/net/wlan0/operstate": "up\n",
    "proc/net/arp": (
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "10.42.0.21       0x1         0x2         02:00:00:00:00:01     *        br0\n"
        "10.42.0.22       0x1         0x0         00:00:00:00:00:00     *        br0\n"
        "192.168.1.1      0x1         0x2         02:00:00:00:00:03     *        eth0\n"
    ),
}  # fmt: skip
PI3 = {**_PI, "proc/device-tree/model": "Raspberry Pi 3 Model B Plus Rev 1.3\0"}
PI4 = {
    **_PI,
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.5\0",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0x0\n",
}
# A Pi 5 has a clock chip, and a kernel that tells under-voltage by hwmon alone.
PI5 = {
    **{name: text for name, text in _PI.items() if not name.endswith("get_throttled")},
    "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
    "sys/class/rtc/rtc0/name": "rpi-rtc\n",
    "sys/block/mmcblk0/device/life_time": "0x01 0x02\n",
    "sys/block/mmcblk0/device/pre_eol_info": "0x01\n",
}
HOT = {**PI4, "sys/class/thermal/thermal_zone1/temp": "84000\n"}
TOO_HOT = {**PI4, "sys/class/thermal/thermal_zone0/temp": "85000\n"}
WEAK_POWER = {**PI4, "sys/devices/platform/soc/soc:firmware/get_throttled": "0x50005\n"}
POWER_WAS_WEAK = {**PI3, "sys/devices/platform/soc/soc:firmware/get_throttled": "50000\n"}
PI5_WEAK_POWER = {**PI5, "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n"}
WORN = {**PI5, "sys/block/mmcblk0/device/life_time": "0x02 0x09\n"}
BEYOND_LIFE = {**PI5, "sys/block/mmcblk0/device/pre_eol_info": "0x03\n"}
WRITTEN_OFTEN = {**PI3, "sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes": "9400000000\n"}
DISK_ERRORS = {**PI3, "sys/fs/ext4/mmcblk0p2/errors_count": "3\n"}
READ_ONLY = {
    **PI3,
    "proc/mounts": "overlay / overlay rw 0 0\n/dev/mmcblk0p3 / ext4 ro,noatime 0 0\n",
}
WIFI_DOWN = {**PI4, "sys/class/net/wlan0/operstate": "down\n"}
WIFI_GONE = {name: text for name, text in PI4.items() if "operstate" not in name}
NO_SENSORS: dict[str, str] = {}
NONSENSE = {
    **PI4,
    "sys/class/thermal/thermal_zone0/temp": "hot\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "\n",
    "sys/block/mmcblk0/size": "-\n",
    "proc/mounts": "x\n\n",
    "proc/net/arp": "",
    "etc/diemdoc/machine/hostapd.conf": "interface=wlan0\nmax_num_sta=many\n=\n",
}


def make_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write a machine below `root` and return that."""
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
