"""One kernel and one disk of a reading point for all guests of a run."""

from pathlib import Path

import pytest

from tests.system.qemu.kernel import Kernel, find_kernel
from tests.system.qemu.point import make_image
from tests.system.spawned_box import build_package


@pytest.fixture(scope="session")
def kernel() -> Kernel:
    """Return Debian's kernel."""
    return find_kernel()


@pytest.fixture(scope="session")
def image(kernel: Kernel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the disk of a reading point on which our package is installed and set up."""
    folder = tmp_path_factory.mktemp("point")
    return make_image(folder, kernel, build_package(folder))
