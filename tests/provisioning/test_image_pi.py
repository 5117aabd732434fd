"""What is given to the official tool for Raspberry Pi is in its formats, and whole.

The tool is not here: what it documents is written out below, and compared.
"""

import re
from pathlib import Path

import pytest
import yaml

from provisioning.command import run_command
from provisioning.errors import PackageError
from provisioning.image.pi import pi_files, write_source
from provisioning.image.recipe import ImageRecipe, load_recipe
from provisioning.package.layout import DEPENDS

# Variables of its layers image-rpios 2.3.0 and device-base 1.3.1 that may be set, with their forms.
IMAGE = {"layer": r"image-rpios", "name": r"[a-z0-9-]+", "boot_part_size": r"\d+M",
         "root_part_size": r"\d+M"}  # fmt: skip
DEVICES = {"pi3b+": "rpi3", "pi4": "rpi4", "pi5": "rpi5"}
LAYERS = {
    "debian-bookworm-arm64-multi", "debian-trixie-arm64-multi", "rpi-debian-bookworm",
    "rpi-debian-trixie", "rpi-essential-base", "systemd-timesyncd", "wireless-regulatory",
}  # fmt: skip
FIELDS = {"Name", "Category", "Desc", "Version", "Requires"}


def recipe_in(folder: Path, model: str = "pi4", more: str = "", settings: str = "") -> ImageRecipe:
    (folder / "diemdoc_1.0.0_arm64.deb").write_bytes(b"deb")
    (folder / "diemdoc.toml").write_text(settings, encoding="utf-8")
    (folder / "root.json").write_text("{}", encoding="ascii")
    path = folder / "recipe.toml"
    path.write_text(
        f'[image]\nmodel = "{model}"\npackage = "diemdoc_1.0.0_arm64.deb"\n'
        f'settings = "diemdoc.toml"\nroot = "root.json"\n{more}',
        encoding="utf-8",
    )
    return load_recipe(path)


@pytest.mark.parametrize("model", DEVICES)
@pytest.mark.parametrize("debian", [12, 13])
def test_configuration_and_layer_are_in_the_tools_formats(
    tmp_path: Path, model: str, debian: int
) -> None:
    files = pi_files(recipe_in(tmp_path, model, f"debian = {debian}\n"))
    (config_path,) = [one for one in files if one.startswith("config/")]
    config = yaml.safe_load(files[config_path])
    assert config.keys() == {"device", "image", "layer"}
    assert config["device"] == {"layer": DEVICES[model]}
    assert config["image"].keys() == IMAGE.keys()
    assert all(re.fullmatch(IMAGE[name], value) for name, value in config["image"].items())
    assert config["image"]["name"] == Path(config_path).stem

    text = files["layer/diemdoc.yaml"]
    head, body = text.split("# METAEND\n")
    assert head.startswith("# METABEGIN\n")
    fields = dict(re.findall(r"^# X-Env-Layer-(\w+): (.+)$", head, re.MULTILINE))
    assert fields.keys() == FIELDS
    assert fields["Name"] == config["layer"]["app"] == "diemdoc"
    assert set(fields["Requires"].split(",")) <= LAYERS
    assert len(set(fields["Requires"].split(","))) == 5
    layer = yaml.safe_load(body)
    assert layer.keys() == {"mmdebstrap"}
    assert layer["mmdebstrap"].keys() == {"packages", "customize-hooks"}
    packages = layer["mmdebstrap"]["packages"]
    assert {one.split(" |")[0] for one in DEPENDS} <= set(packages)
    assert not any(one.startswith("linux-image") for one in packages)


def test_every_file_that_the_layer_names_is_there(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path)
    for _ in range(2):
        source = write_source(recipe, tmp_path / "out", run_command)
    assert source == tmp_path / "out/diemdoc-pi4"
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["diemdoc-pi4"]
    layer = yaml.safe_load((source / "layer/diemdoc.yaml").read_text().split("# METAEND\n")[1])
    (hook,) = layer["mmdebstrap"]["customize-hooks"]
    for named in re.findall(r"\bdiemdoc-image/[\w.]+", hook):
        assert (source / named).is_file() or named == "diemdoc-image/prepare", named
    prepare = (source / "diemdoc-image/prepare").read_text(encoding="utf-8")
    for named in re.findall(r'"\$here/([\w.-]+)"', prepare):
        assert (source / "diemdoc-image" / named).exists() or f'-e "$here/{named}"' in prepare
    assert (source / "diemdoc-image/diemdoc_1.0.0_arm64.deb").exists()
    assert not (source / "diemdoc-image/fstab").exists()


@pytest.mark.parametrize(
    ("more", "settings", "words"),
    [
        ('library = "."\n', "", "a Raspberry Pi's image has no data partition: bring it by stick"),
        ("", "[machine]\nread_only_root = true\n", "set it when a disk DIEMDOC-DATA is plugged in"),
    ],
)
def test_what_its_layout_cannot_hold_is_told_before(
    tmp_path: Path, more: str, settings: str, words: str
) -> None:
    with pytest.raises(PackageError, match=words):
        recipe_in(tmp_path, "pi5", more, settings)
