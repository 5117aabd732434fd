"""What is written to a stick fits FAT32: names, folders, parts; and comes back from it whole.

The kernel here may lack vfat, so mtools write the image and read it. An archive over 4 GiB in real
parts goes the same way with `script/bench sync 4500 only` (docs/measurements/sync.md).
"""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from content.repository.volume import DirectoryCarrier
from province.release import Release
from province.volume import PART_BYTES, write_volume
from tests.content.sync.province_desk import Province, Reader, media_archive, quiet

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        not shutil.which("mcopy") or not shutil.which("mkfs.vfat"),
        reason="needs mtools and dosfstools",
    ),
]
RANDOM = random.Random(6)


def test_a_stick_in_parts_goes_through_fat32(tmp_path: Path) -> None:
    # The longest names that may be published.
    collection, name = "c" * 64, "N" * 76
    province = Province(tmp_path / "desk", collections=f'[[collection]]\nid = "{collection}"\n')
    items = {f"{number}.jpg": RANDOM.randbytes(500_000) for number in range(6)}
    media_archive(province.folder(collection) / f"{name}.zim", items)
    province.publish()
    release = Release.load(province.desk, province.now)
    stick, back, image = tmp_path / "stick", tmp_path / "back", tmp_path / "fat32.img"
    for one in (stick, back):
        one.mkdir()
    write_volume(province.tree, release, stick, report=quiet, part_bytes=1_000_000)
    assert len(list(stick.rglob("*.zim.00?"))) == 4
    with image.open("wb") as file:
        file.truncate(64 << 20)
    for command in (
        ["mkfs.vfat", "-F", "32", str(image)],
        ["mcopy", "-s", "-i", str(image), str(stick / "diemdoc"), "::"],
        ["mcopy", "-s", "-n", "-i", str(image), "::diemdoc", str(back)],
    ):
        subprocess.run(command, check=True, capture_output=True)
    reader = Reader(tmp_path / "point", province)
    assert reader.sync(DirectoryCarrier(back / "diemdoc")).failed == {}
    assert len(list((reader.site.root / "archives").glob("*.zim"))) == 1


def test_a_part_is_the_largest_file_that_fat32_holds_or_less() -> None:
    # Microsoft, "FAT: General Overview of On-Disk Format": the size of a file is 32 bits.
    assert PART_BYTES < 1 << 32
