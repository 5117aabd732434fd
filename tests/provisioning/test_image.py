"""An image is whole or not there; a recipe that cannot be is refused with line and remedy."""

import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest

from content.files import sha256_of
from kiosk.cli import main
from provisioning.command import Done, run_command
from provisioning.errors import CommandError, MachineSettingsError, PackageError
from provisioning.image import layout
from provisioning.image.build import build_image, check_package, plan
from provisioning.image.recipe import ImageRecipe, load_recipe
from provisioning.image.steps import STEPS, Step, Workshop, make_vfat
from tests.fakes.command import RecordingCommand
from tests.provisioning.conftest import ROOT

TOOLS = ("fakeroot", "mcopy", "mkfs.vfat", "mke2fs", "sfdisk", "syslinux", "debugfs")
EPOCH = 1_763_000_000
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a recipe and the files it names."""
    (tmp_path / "diemdoc_1.0.0_amd64.deb").write_bytes(b"deb")
    (tmp_path / "diemdoc.toml").write_text('[access_point]\nssid = "Bản Lướt"\n', encoding="utf-8")

    def to_file(more: str = "", settings: str = "") -> Path:
        if settings:
            (tmp_path / "diemdoc.toml").write_text(settings, encoding="utf-8")
        path = tmp_path / "recipe.toml"
        text = '[image]\npackage = "diemdoc_1.0.0_amd64.deb"\nsettings = "diemdoc.toml"\n'
        path.write_text(text + more, encoding="utf-8")
        return path

    return to_file


# The recipe.
def test_files_of_a_recipe_lie_beside_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write('model = "pi3b+"\n')
    monkeypatch.chdir("/")
    recipe = load_recipe(path)
    assert recipe.package == str(path.parent / "diemdoc_1.0.0_amd64.deb")
    assert (recipe.architecture, recipe.suite) == ("arm64", "bookworm")
    assert recipe.file == "diemdoc-pi3bplus.img"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('modell = "pc"', "line 4: [image] modell is no setting; did you mean 'model'?"),
        ('model = "pi2"', "line 4: [image] model must be one of: pi3b+, pi4, pi5, pc"),
        ("debian = 11", "line 4: [image] debian must be one of: 12, 13"),
        ("system_mb = 1199", "line 4: [image] system_mb must be 1200 to"),
        ("boot_mb = 99", "line 4: [image] boot_mb must be 100 to"),
        ('root = "1.root.json"', "line 4: [image] root is '1.root.json', and there is no such"),
        ('library = "books"', "line 4: [image] library is 'books', and there is no such folder"),
        ('packages = ["a b; rm"]', "line 4: [image] packages names a b; rm; write names of"),
        ('mirror = "ftp://x"', "line 4: [image] mirror is 'ftp://x'; it must be an address"),
        ("[images]", "line 4: [images] is no table of a recipe; did you mean 'image'?"),
        ("= 4", "is not valid TOML"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(write: Write, line: str, words: str) -> None:
    with pytest.raises(PackageError) as caught:
        load_recipe(write(line + "\n"))
    assert words in str(caught.value)


def test_a_recipe_needs_a_package_and_settings(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("[image]\n", encoding="utf-8")
    with pytest.raises(PackageError) as caught:
        load_recipe(tmp_path / "recipe.toml")
    for name in ("package", "settings"):
        assert f"[image] {name} is missing: write the name of the file" in str(caught.value)


def test_recipe_and_settings_must_fit(write: Write) -> None:
    kept = '[machine]\nread_only_root = true\nmodel = "pi4"\n'
    with pytest.raises(PackageError) as caught:
        load_recipe(write("data_mb = 0\n", kept))
    assert "line 4: [image] data_mb is 0, but the settings ask for read_only" in str(caught.value)
    assert "model is 'pc', but the settings say 'pi4'" in str(caught.value)
    with pytest.raises(MachineSettingsError, match=r"line 2: \[access_point\] channel is 99"):
        load_recipe(write("", "[access_point]\nchannel = 99\n"))


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"Package": "other"}, "is no package of this software"),
        ({"Architecture": "arm64"}, "is for arm64, but model 'pc' needs amd64"),
        ({"Depends": "python3 (>= 3.13)"}, "is not for Debian 12"),
    ],
)
def test_a_package_that_does_not_fit_is_refused(
    write: Write, field: dict[str, str], words: str
) -> None:
    said = {"Package": "diemdoc", "Version": "1.0.0", "Architecture": "amd64",
            "Depends": "python3 (>= 3.11), python3 (<< 3.12)"}  # fmt: skip
    recipe = load_recipe(write())

    def answer(fields: dict[str, str]) -> RecordingCommand:
        text = "".join(f"{name}: {value}\n" for name, value in fields.items())
        return RecordingCommand(lambda _: Done(0, text))

    assert check_package(recipe, answer(said)) == "1.0.0"
    with pytest.raises(PackageError, match=words):
        check_package(recipe, answer(said | field))


def test_every_field_of_a_recipe_is_in_the_reference() -> None:
    text = (ROOT / "docs/reference/image-recipe.md").read_text(encoding="utf-8")
    rows = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert rows == list(ImageRecipe.__dataclass_fields__)


# The layout.
def test_partitions_follow_each_other_and_fill_the_disk(write: Write) -> None:
    recipe = load_recipe(write())
    parts = layout.partitions(recipe)
    assert [one.name for one in parts] == ["boot", "system", "data"]
    for before, after in pairwise(parts):
        assert after.start == before.start + before.size
        assert after.start % layout.ALIGN_SECTORS == 0
    assert layout.disk_sectors(recipe) == parts[-1].start + parts[-1].size
    small = replace(recipe, data_mb=0)
    assert [one.name for one in layout.partitions(small)] == ["boot", "system"]


def test_both_loaders_start_the_same_kernel_in_the_same_way() -> None:
    texts = layout.boot_files()
    (options,) = [
        line.removeprefix("options ")
        for line in texts["loader/entries/diemdoc.conf"].splitlines()
        if line.startswith("options ")
    ]
    assert f"APPEND {options}\n" in texts["syslinux.cfg"]
    assert f"root=LABEL={layout.SYSTEM_LABEL} ro" in options
    assert f"LABEL={layout.SYSTEM_LABEL} / ext4" in layout.fstab()


# All of it, or nothing.
def test_a_dry_run_makes_nothing(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write()
    before = sorted(path.parent.iterdir())
    with pytest.raises(SystemExit) as caught:
        main(["image", "build", str(path), "-o", str(path.parent / "out"), "--dry-run"])
    # Its package is none: that is found before anything is made.
    assert caught.value.code == 102
    assert sorted(path.parent.iterdir()) == before
    facts = plan(load_recipe(path))
    assert facts["size_bytes"] == (2048 * 512) + (300 + 2_500 + 512) * (1 << 20)
    assert facts["steps"] == [one.name for one in STEPS]


@pytest.mark.parametrize("fails_at", range(3))
def test_a_run_that_fails_clears_away_what_it_made_the_last_first(
    write: Write, tmp_path: Path, fails_at: int
) -> None:
    cleared: list[str] = []

    class Marked(Step):
        def clear(self, shop: Workshop) -> None:
            assert (shop.folder / self.name).exists()
            cleared.append(self.name)
            super().clear(shop)

    def make(number: int) -> Step:
        def run(shop: Workshop) -> None:
            (shop.folder / str(number)).write_bytes(b"x")
            if number == fails_at:
                raise CommandError("no room")

        return Marked(str(number), run, (str(number),))

    out = tmp_path / "out"
    out.mkdir()
    (out / "diemdoc-pc.img").write_bytes(b"before")
    with pytest.raises(CommandError):
        build_image(load_recipe(write()), out, RecordingCommand(), lambda *_: None,
                    steps=[make(one) for one in range(3)])  # fmt: skip
    assert cleared == [str(one) for one in range(fails_at, -1, -1)]
    assert sorted(one.name for one in out.iterdir()) == [".image.lock", "diemdoc-pc.img"]
    assert (out / "diemdoc-pc.img").read_bytes() == b"before"


def small_debian(shop: Workshop) -> None:
    """Make what mmdebstrap would, of a few files."""
    files = {
        "boot/vmlinuz-6.1": b"kernel" * 1000, "boot/initrd.img-6.1": b"initrd" * 1000,
        "usr/lib/systemd/boot/efi/systemd-bootx64.efi": b"MZ",
        "etc/passwd": b"root:x:0:0::/root:/bin/sh\ndiemdoc:x:991:992::/:/bin/false\n",
        "var/lib/theirs": b"x",
    }  # fmt: skip
    with tarfile.open(shop.folder / "system.tar", "w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(data), EPOCH
            if name.endswith("theirs"):
                entry.uid, entry.gid, entry.mode = 33, 44, 0o640
            tar.addfile(entry, BytesIO(data))


SMALL = [replace(one, run=small_debian) if one.name == "Debian" else one for one in STEPS]


def tiny(path: Path) -> ImageRecipe:
    """Return a recipe with smaller partitions than a Debian needs, so that a test is quick."""
    return replace(load_recipe(path), boot_mb=40, system_mb=16, data_mb=16)


def stat_of(image: Path, start: int, path: str) -> str:
    """Return what debugfs says of a file in an ext4 partition that begins at a sector."""
    return subprocess.run(
        ["debugfs", "-R", f"stat {path}", f"{image}?offset={start * 512}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


@pytest.mark.system
def test_a_disk_holds_what_the_recipe_says_and_the_same_recipe_gives_the_same_again(
    write: Write, tmp_path: Path
) -> None:
    """All steps but Debian itself, with the real programs."""
    if missing := [one for one in TOOLS if shutil.which(one) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    books = tmp_path / "books"
    (books / "archives").mkdir(parents=True)
    (books / "archives/a.zim").write_bytes(b"zim")
    (tmp_path / "root.json").write_text("{}", encoding="ascii")
    recipe = tiny(write('library = "books"\nroot = "root.json"\n'))
    made = [
        build_image(recipe, tmp_path / name, run_command, lambda *_: None, epoch=EPOCH, steps=SMALL)
        for name in ("one", "two")
    ]
    image = made[0]
    # Only ext4's times of change differ: mke2fs before 1.47.1 takes them from the build's disk.
    first, second = (one.read_bytes() for one in made)
    start_of_system = 2048 * 512 + (40 << 20)
    assert first[:start_of_system] == second[:start_of_system]
    blocks = range(start_of_system, len(first), 4096)
    assert sum(first[one : one + 4096] != second[one : one + 4096] for one in blocks) < 10
    assert sorted(one.name for one in image.parent.iterdir()) == [
        ".image.lock", "diemdoc-pc.img", "diemdoc-pc.img.sha256",
    ]  # fmt: skip
    told = image.with_name("diemdoc-pc.img.sha256").read_text(encoding="ascii")
    assert told == f"{sha256_of(image)}  diemdoc-pc.img\n"
    assert image.stat().st_blocks * 512 < 200 << 20  # what is empty takes no room

    table = subprocess.run(["sfdisk", "--json", image], capture_output=True, check=True).stdout
    boot, system, data = json.loads(table)["partitiontable"]["partitions"]
    assert (boot["type"], boot["bootable"], boot["start"]) == ("ef", True, 2048)
    assert image.read_bytes()[:2] != b"\0\0"

    sectors = image.read_bytes()[boot["start"] * 512 :][: 7 * 512]
    assert sectors[:512] == sectors[6 * 512 :]
    vfat = f"{image}@@{boot['start'] * 512}"
    listed = subprocess.run(
        ["mdir", "-b", "-/", "-i", vfat, "::/"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"::/diemdoc.toml", "::/vmlinuz", "::/EFI/BOOT/BOOTX64.EFI", "::/root.json"} <= set(
        listed
    )
    text = subprocess.run(
        ["mtype", "-i", vfat, "::/diemdoc.toml"], capture_output=True, check=True
    ).stdout
    assert text == Path(recipe.settings).read_bytes()

    theirs = stat_of(image, system["start"], "/var/lib/theirs")
    assert "User:    33   Group:    44" in theirs
    assert "Mode:  0640" in theirs
    ours = stat_of(image, data["start"], "/library/archives/a.zim")
    assert "User:   991   Group:   992" in ours
    assert "User:     0" in stat_of(image, data["start"], "/")


@pytest.mark.system
def test_what_does_not_fit_is_told_and_leaves_nothing(write: Write, tmp_path: Path) -> None:
    if missing := [one for one in TOOLS if shutil.which(one) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    books = tmp_path / "books"
    books.mkdir()
    (books / "a.zim").write_bytes(b"\1" * (6 << 20))
    recipe = replace(tiny(write('library = "books"\n')), data_mb=5)
    # What a run that was killed left is cleared too.
    left = tmp_path / "out/.diemdoc-pc.img.making/tree"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x")
    with pytest.raises(PackageError, match="raise data_mb in the recipe"):
        build_image(recipe, tmp_path / "out", run_command, lambda *_: None, steps=SMALL)
    assert [one.name for one in (tmp_path / "out").iterdir()] == [".image.lock"]


@pytest.mark.system
def test_names_with_accents_come_through_to_the_boot_partition(
    write: Write, tmp_path: Path
) -> None:
    if shutil.which("mcopy") is None:
        pytest.skip("needs mtools")
    folder = tmp_path / "boot"
    folder.mkdir()
    (folder / "diemdoc.toml").write_text("# Điểm Đọc\n", encoding="utf-8")
    shop = Workshop(load_recipe(write()), tmp_path, run_command, EPOCH)
    make_vfat(shop, folder, tmp_path / "boot.fs")
    text = subprocess.run(
        ["mtype", "-i", tmp_path / "boot.fs", "::/diemdoc.toml"], capture_output=True, check=True
    ).stdout
    assert text.decode() == "# Điểm Đọc\n"
