"""Phones on the Wi-Fi reach the library and nothing else, and every refusal comes at once."""

import json
import sys
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from provisioning.addresses import PHONES
from provisioning.settings import MachineSettings
from tests.system.village import HOLD, Place, Village, make_village

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
AT_ONCE_MS = 100
APP, CONTENT, GATEWAY = "198.51.100.1", "198.51.100.2", "10.42.0.1"
# Asks a name server for one record; tells the answer's code and its addresses (RFC 1035, 4).
ASK = """
import json, socket, struct, sys
server, name, kind = sys.argv[1], sys.argv[2], int(sys.argv[3])
question = b"".join(bytes([len(one)]) + one.encode() for one in name.split(".")) + b"\\0"
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(3)
sock.sendto(struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + question + struct.pack(">2H", kind, 1),
            (server, 53))
reply = sock.recv(600)
count = struct.unpack(">H", reply[6:8])[0]
print(json.dumps([reply[3] & 15, [socket.inet_ntoa(reply[-4:])] if count else []]))
"""
A, AAAA, HTTPS = 1, 28, 65
NO_ERROR, NO_SUCH_NAME = 0, 3


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    with make_village(tmp_path_factory.mktemp("village"), MachineSettings()) as made:
        yield made


def ask(phone: Place, name: str, kind: int = A, server: str = GATEWAY) -> list[object]:
    answer = json.loads(phone.run(sys.executable, "-c", ASK, server, name, str(kind)))
    assert isinstance(answer, list)
    return answer


def status(phone: Place, address: str) -> str:
    return phone.run("curl", "-s", "-o", "/dev/null", "-m", "5", "-w", "%{http_code}", address)


def test_phones_are_given_addresses_of_their_own(village: Village) -> None:
    first, second = (ip_address(phone.address()) for phone in village.phones)
    assert first != second
    assert {first, second} <= set(PHONES.hosts())
    leases = (village.folder / "leases").read_text(encoding="ascii")
    assert "may-cua-lan" not in leases


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("diemdoc.lan", APP),
        ("connectivitycheck.gstatic.com", APP),
        ("captive.apple.com", APP),
        ("diemdoc-sach.lan", CONTENT),
        ("z-samples.diemdoc-sach.lan", CONTENT),
        ("dns.msftncsi.com", "131.107.255.255"),
    ],
)
def test_every_name_leads_to_the_library(village: Village, name: str, address: str) -> None:
    assert ask(village.phones[0], name) == [NO_ERROR, [address]]


@pytest.mark.parametrize("kind", [AAAA, HTTPS])
def test_other_kinds_of_records_are_empty_not_an_error(village: Village, kind: int) -> None:
    """An error would make a phone ask another server, or wait."""
    assert ask(village.phones[0], "www.google.com", kind) == [NO_ERROR, []]


@pytest.mark.parametrize(
    "name", ["use-application-dns.net", "mask.icloud.com", "_dns.resolver.arpa"]
)
def test_names_that_switch_hidden_dns_off_do_not_exist(village: Village, name: str) -> None:
    assert ask(village.phones[0], name) == [NO_SUCH_NAME, []]


def test_a_name_server_written_into_a_phone_is_ours(village: Village) -> None:
    assert ask(village.phones[0], "zing.vn", server="8.8.8.8") == [NO_ERROR, [APP]]
    assert village.phones[0].try_to_reach("tcp", "1.1.1.1", 53)[0] == "open"


@pytest.mark.parametrize(
    "address",
    [
        "http://diemdoc.lan/healthz",
        "http://diemdoc-sach.lan/healthz",
        f"http://{APP}/healthz",
        f"http://{GATEWAY}/healthz",
    ],
)
def test_the_library_opens(village: Village, address: str) -> None:
    for phone in village.phones:
        assert status(phone, address) == "200"


def test_an_archives_own_name_leads_to_the_archive_server(village: Village) -> None:
    """There is no such archive; that is said by the archive server, not by the portal."""
    assert status(village.phones[0], "http://z-none.diemdoc-sach.lan/healthz") == "404"


REFUSED = [
    ("tcp", APP, 443, "https to the library"),
    ("tcp", "142.250.1.1", 443, "https elsewhere"),
    ("tcp", "142.250.1.1", 80, "http by address"),
    ("tcp", "1.1.1.1", 853, "dns over tls"),
    ("udp", "1.1.1.1", 853, "dns over quic"),
    ("udp", APP, 443, "quic to the library"),
    ("udp", "142.250.1.1", 443, "quic elsewhere"),
    ("udp", "8.8.8.8", 123, "ntp elsewhere"),
    ("tcp", GATEWAY, 22, "the machine's own sign-in"),
    ("tcp", APP, 8080, "a port for staff"),
    ("tcp", "192.0.2.1", 80, "the box on its uplink"),
    ("tcp", "192.0.2.9", 80, "a computer on the uplink"),
]


@pytest.mark.parametrize(("kind", "host", "port", "what"), REFUSED, ids=[one[3] for one in REFUSED])
def test_anything_else_is_refused_at_once(
    village: Village, kind: str, host: str, port: int, what: str
) -> None:
    phone = village.phones[0]
    with village.box.listening(22, 8080), village.office.listening(80):
        tries = [phone.try_to_reach(kind, host, port) for _ in range(3)]
    for how, took_ms in tries:
        assert how in {"ConnectionRefusedError", "OSError", "PermissionError"}, what
        assert took_ms < AT_ONCE_MS, what


def test_a_refusal_is_told_every_time(village: Village) -> None:
    """The kernel tells "unreachable" only once a second unless it is told otherwise."""
    code = (
        "import socket\n"
        "for number in range(40):\n"
        "    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "    sock.settimeout(0.5)\n"
        "    sock.connect(('142.250.1.1', 443))\n"
        "    sock.send(b'x')\n"
        "    try: sock.recv(1)\n"
        "    except TimeoutError: raise SystemExit(f'no answer to number {number}')\n"
        "    except OSError: pass\n"
    )
    village.phones[1].run(sys.executable, "-c", code)


def test_without_the_firewall_the_same_ports_are_open(village: Village) -> None:
    """The control: it is the rules that refuse."""
    phone, box = village.phones[0], village.box
    with box.listening(22):
        assert phone.try_to_reach("tcp", GATEWAY, 22)[0] == "ConnectionRefusedError"
        box.run("nft", "delete", "table", "inet", "diemdoc")
        try:
            assert phone.try_to_reach("tcp", GATEWAY, 22)[0] == "open"
        finally:
            box.run("nft", "-f", village.folder / "root/etc/diemdoc/machine/nftables.conf")
        assert phone.try_to_reach("tcp", GATEWAY, 22)[0] == "ConnectionRefusedError"


def test_phones_do_not_reach_each_other(village: Village) -> None:
    first, second = village.phones
    with second.listening(8000):
        assert village.box.try_to_reach("tcp", second.address(), 8000)[0] == "open"
        for _ in range(3):
            how, took_ms = first.try_to_reach("tcp", second.address(), 8000)
            assert how in {"ConnectionRefusedError", "OSError"}
            assert took_ms < AT_ONCE_MS
        # As if it knew the other's radio: past the box, straight over the air.
        first.run("ip", "route", "replace", f"{second.address()}/32", "dev", "wlan0")
        how, _ = first.try_to_reach("tcp", second.address(), 8000)
        first.run("ip", "route", "delete", f"{second.address()}/32")
    assert how != "open"


def test_one_phone_cannot_hold_all_connections(village: Village) -> None:
    first, second = village.phones
    with first.running(sys.executable, "-c", HOLD, APP, "80", "100") as process:
        assert process.stdout is not None
        held, refused = (int(one) for one in process.stdout.readline().split())
        assert (held, refused) == (64, 36)
        assert status(second, f"http://{APP}/healthz") == "200"


def test_the_uplink_reaches_no_library(village: Village) -> None:
    for host in (APP, CONTENT):
        how, took_ms = village.office.try_to_reach("tcp", host, 80)
        assert how == "ConnectionRefusedError"
        assert took_ms < AT_ONCE_MS


def test_rules_are_loaded_anew_in_one_step(village: Village) -> None:
    """A reader in the middle of a page goes on."""
    rules = village.folder / "root/etc/diemdoc/machine/nftables.conf"
    with village.phones[0].running(sys.executable, "-c", HOLD, APP, "80", "1") as process:
        assert process.stdout is not None
        assert process.stdout.readline().split() == ["1", "0"]
        village.box.run("nft", "-f", rules)
        assert status(village.phones[0], f"http://{APP}/healthz") == "200"
        assert process.poll() is None
