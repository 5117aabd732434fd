"""The way for Raspberry Pi: a source folder for rpi-image-gen, the official tool for their images.

The tool knows firmware, kernels and boot files of each board; we give it one configuration, one
layer, and what goes into the system. Its formats: rpi-image-gen's documents "config" and "layer"
(layers `image-rpios` 2.3.0, `device-base` 1.3.1). The tool itself was not run by us:
docs/howto/make-an-image.md says what was.
"""

import shutil
from pathlib import Path

from content.files import sync_tree
from provisioning.command import Command
from provisioning.image import layout
from provisioning.image.recipe import ImageRecipe
from provisioning.image.steps import Workshop, put_settings

# The tool's layer for each board.
_DEVICES = {"pi3b+": "rpi3", "pi4": "rpi4", "pi5": "rpi5"}
# Without the tool's usual suite: that brings an SSH server, a clock and a network of its own.
_LAYERS = {
    "bookworm": ("debian-bookworm-arm64-multi", "rpi-debian-bookworm"),
    "trixie": ("debian-trixie-arm64-multi", "rpi-debian-trixie"),
}
_ALWAYS = ("rpi-essential-base", "systemd-timesyncd", "wireless-regulatory")


def pi_files(recipe: ImageRecipe) -> dict[str, str]:
    """Return configuration and layer by their places in the source folder."""
    name = Path(recipe.file).stem
    requires = ",".join((*_LAYERS[recipe.suite], *_ALWAYS))
    wanted = "\n".join(f"    - {one}" for one in layout.packages(recipe))
    root = "\n    cp diemdoc-image/root.json $1/boot/firmware/root.json" if recipe.root else ""
    return {
        f"config/{name}.yaml": f"""device:
  layer: {_DEVICES[recipe.model]}

image:
  layer: image-rpios
  name: {name}
  boot_part_size: {recipe.boot_mb}M
  root_part_size: {recipe.system_mb}M

layer:
  app: diemdoc
""",
        "layer/diemdoc.yaml": f"""# METABEGIN
# X-Env-Layer-Name: diemdoc
# X-Env-Layer-Category: app
# X-Env-Layer-Desc: A village reading point, set up at its first start from diemdoc.toml on the
#  boot partition.
# X-Env-Layer-Version: 1.0.0
# X-Env-Layer-Requires: {requires}
# METAEND
---
mmdebstrap:
  packages:
{wanted}
  customize-hooks:
  - |-
    cp -r diemdoc-image $1/diemdoc-image
    chroot $1 sh /diemdoc-image/prepare
    mkdir -p $1/boot/firmware
    cp diemdoc-image/diemdoc.toml $1/boot/firmware/diemdoc.toml{root}
""",
    }


def write_source(recipe: ImageRecipe, out: Path, command: Command) -> Path:
    """Write the source folder for the tool into `out` and return it.

    Cut off, it is not there, or the one before; twice gives the same.
    """
    name = Path(recipe.file).stem
    target, part = out / name, out / f".{name}.making"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for path, text in pi_files(recipe).items():
        (part / path).parent.mkdir(parents=True, exist_ok=True)
        (part / path).write_text(text, encoding="ascii")
    put_settings(Workshop(recipe, part, command, 0))
    # The tool writes its own table of file systems.
    (part / "diemdoc-image/fstab").unlink()
    sync_tree(part)
    shutil.rmtree(target, ignore_errors=True)
    part.replace(target)
    return target
