"""Under the shipped policy Chromium shows the reading point and nothing else of the machine.

The policy is laid where Chromium reads it in a mount namespace of the test's own. Developer tools
stay on in the test, because `--dump-dom` works through them.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import build_point

POLICY = Path(__file__).resolve().parents[2] / "provisioning/display/chromium-policy.json"
pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
BROWSER = "chromium --headless=new --no-sandbox --disable-gpu --disable-quic"
BROWSER += " --disable-background-networking"


@pytest.fixture(scope="module")
def point(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with build_point(tmp_path_factory.mktemp("policy")) as address:
        yield address


def shown(scratch: Path, address: str, *, policy: bool) -> str:
    """Return the page that Chromium shows at an address."""
    lay = ""
    if policy:
        rules = json.loads(POLICY.read_text(encoding="utf-8"))
        del rules["DeveloperToolsAvailability"]
        (scratch / "policy.json").write_text(json.dumps(rules), encoding="utf-8")
        folder = "/etc/chromium/policies/managed"
        lay = f"mount -t tmpfs tmpfs /etc/chromium && mkdir -p {folder} && "
        lay += f"cp {scratch}/policy.json {folder}/ && "
    command = f"{lay}exec {BROWSER} --user-data-dir={scratch}/profile --dump-dom '{address}'"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", command],
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    if "unshare" in done.stderr:
        pytest.skip("no mount namespaces here")
    return done.stdout


@pytest.mark.parametrize("policy", [True, False])
def test_files_of_the_machine_are_shown_only_without_the_policy(
    tmp_path: Path, policy: bool
) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here")
    page = shown(tmp_path, "file:///etc/passwd", policy=policy)
    assert ("root:" in page) is not policy


def test_the_reading_point_and_its_archives_are_shown_a_pin_is_not_made_there(
    tmp_path: Path, point: str
) -> None:
    port = int(point.rpartition(":")[2])
    for address in (f"{point}/nope", f"http://content.localhost:{port + 1}/healthz"):
        assert "<title>" in (page := shown(tmp_path, address, policy=True)) or "ok" in page
    assert "<title>" not in shown(tmp_path, f"{point}/staff/first", policy=True)
