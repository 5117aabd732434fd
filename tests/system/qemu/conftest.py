"""One kernel and one disk of a reading point for all guests of a run."""

from pathlib import Path

import pytest

from tests.system.qemu.kernel import Kernel, find_kernel
from tests.system.qemu.point import make_image


@pytest.fixture(scope="session")
def kernel() -> Kernel:
    """Return Debian's kernel."""
    return find_kernel()


@pytest.fixture(scope="session")
def image(kernel: Kernel, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the disk of a reading point on which our package is installed and set up."""
    return make_image(tmp_path_factory.mktemp("point"), kernel, package)
