"""Settings on the boot partition, which any computer can edit: taken over when they are right.

What is wrong in them is written beside them, where whoever edited them will look.
"""

from pathlib import Path

from content.files import atomic_write
from content.repository.trust import MAX_ROOT
from provisioning.errors import MachineSettingsError
from provisioning.settings import load_settings

PROBLEMS = "DIEMDOC-LOI.txt"
_HEAD = (
    "Tệp diemdoc.toml có chỗ sai. Điểm đọc vẫn dùng cài đặt trước đó.\n"
    "Hãy sửa những dòng dưới đây, lưu lại, rồi khởi động lại máy.\n"
    "(diemdoc.toml is not right; the settings before are still in use. Put these lines right.)\n\n"
)


def adopt_root(source: Path, target: Path) -> bool:
    """Take the province's root file over from the boot partition, once; return whether it was.

    Whoever has the card may say whose content and software are taken; another file later changes
    nothing, since a trust is changed by hand only. After a power cut it is there or not.
    """
    if target.exists() or not source.is_file():
        return False
    with source.open("rb") as file:
        data = file.read(MAX_ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(target, data)
    return True


def adopt(source: Path, target: Path) -> bool:
    """Take settings over and return whether they are new.

    After a power cut the old file or the new one is in use.

    Args:
        source: The file on the boot partition.
        target: The file that all programs read.

    Raises:
        MachineSettingsError: They are wrong; the ones before stay in use, and `DIEMDOC-LOI.txt`
            beside the source says what to put right.
    """
    told = source.with_name(PROBLEMS)
    try:
        load_settings(source)
    except MachineSettingsError as error:
        lines = "".join(f"- {one}\n" for one in error.problems)
        # With the line ends and the mark that an editor of Windows wants.
        text = (_HEAD + lines).replace("\n", "\r\n")
        atomic_write(told, text.encode("utf-8-sig"))
        raise
    told.unlink(missing_ok=True)
    data = source.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if target.exists() and target.read_bytes() == data:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(target, data, mode=0o640)
    return True
