"""What several tests of the whole machine share: our package is built once."""

from pathlib import Path

import pytest

from tests.system.spawned_box import build_package


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the package of this checkout for this machine."""
    return build_package(tmp_path_factory.mktemp("package"))
