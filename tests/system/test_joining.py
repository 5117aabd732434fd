"""A phone that joins is led to the portal, its reader taps, and the phone stays; each for itself.

The real app answers, through the point's own names and firewall, to phones' real questions.
"""

import importlib.util
import json
from collections.abc import Iterator

import pytest

from provisioning.settings import MachineSettings
from tests.system.village import Place, Village, make_village

if importlib.util.find_spec("kiosk.captive") is None:
    pytest.skip("the portal is not here yet", allow_module_level=True)

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
# What a phone asks, and what it hopes for: status, and a word of the body.
PROBES = [
    ("http://connectivitycheck.gstatic.com/generate_204", "204", ""),
    ("http://www.google.com/gen_204", "204", ""),
    ("http://connect.rom.miui.com/generate_204", "204", ""),
    ("http://captive.apple.com/hotspot-detect.html", "200", "<BODY>Success</BODY>"),
    ("http://www.apple.com/library/test/success.html", "200", "<BODY>Success</BODY>"),
    ("http://www.msftconnecttest.com/connecttest.txt", "200", "Microsoft Connect Test"),
    ("http://www.msftncsi.com/ncsi.txt", "200", "Microsoft NCSI"),
    ("http://detectportal.firefox.com/canonical.html", "200", "captive-portal"),
    ("http://detectportal.firefox.com/success.txt?ipv4", "200", "success"),
    ("http://connectivity-check.ubuntu.com/", "204", ""),
]
PORTAL = "http://diemdoc.lan/captive/"


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    with make_village(tmp_path_factory.mktemp("village"), MachineSettings()) as made:
        yield made


def ask(phone: Place, address: str, *more: str) -> tuple[str, str, str]:
    """Return status, where it leads, and the body."""
    told = phone.run(
        "curl", "-s", "-m", "5", "-w", "\n%{http_code} %{redirect_url}", *more, address
    )
    body, _, last = told.rpartition("\n")
    status, _, leads = last.partition(" ")
    return status, leads, body


def test_each_phone_is_led_taps_and_stays(village: Village) -> None:
    first, second = village.phones
    for address, _, _ in PROBES:
        status, leads, _ = ask(first, address)
        assert (status, leads) == ("302", PORTAL), address
    status, _, page = ask(first, PORTAL)
    assert status == "200"
    assert "diemdoc.lan" in page
    facts = json.loads(ask(first, f"{PORTAL}api")[2])
    assert facts["captive"] is True
    own = ("-H", "Origin: http://diemdoc.lan", "-d", "")
    assert ask(first, f"{PORTAL}accept", *own)[0] == "303"
    for address, hoped, word in PROBES:
        status, _, body = ask(first, address)
        assert status == hoped, address
        assert word in body
    assert json.loads(ask(first, f"{PORTAL}api")[2])["captive"] is False
    # The other phone has not tapped.
    assert ask(second, PROBES[0][0])[:2] == ("302", PORTAL)


def test_what_needs_a_real_internet_is_refused_so_that_the_phone_decides_by_http(
    village: Village,
) -> None:
    """Android's second question goes by https: it must fail at once, not hang."""
    how, took_ms = village.phones[0].try_to_reach("tcp", "198.51.100.1", 443)
    assert how == "ConnectionRefusedError"
    assert took_ms < 100
