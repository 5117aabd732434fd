"""A key that never leaves its token signs releases; points do not notice the difference."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from click.testing import CliRunner, Result
from pkcs11.util.ec import encode_named_curve_parameters

from content.repository.client import pin, refresh
from content.repository.volume import DirectoryCarrier
from content.sync.run import Site
from kiosk.cli import cli
from province.errors import PublishError
from province.hardware import TokenKey, parse_uri
from tests.content.sync.province_desk import media_archive

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "123456"
needs_softhsm = pytest.mark.skipif(
    not MODULE.exists() or not shutil.which("softhsm2-util"),
    reason="needs SoftHSM: apt-get install softhsm2",
)


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Make a token in software with two keys, 2 and 3; SoftHSM reads its settings once."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        patch.setenv("PYKCS11LIB", str(MODULE))
        init = ["softhsm2-util", "--init-token", "--free", "--label", "Lai Chau"]
        subprocess.run(
            [*init, "--so-pin", "87654321", "--pin", PIN], check=True, capture_output=True
        )
        found = pkcs11.lib(str(MODULE)).get_token(token_label="Lai Chau")
        with found.open(user_pin=PIN, rw=True) as session:
            for number in (2, 3):
                curve = session.create_domain_parameters(
                    pkcs11.KeyType.EC,
                    {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
                    local=True,
                )
                curve.generate_keypair(store=True, id=bytes([number]), label=f"key {number}")
        yield f"pkcs11:token=Lai%20Chau;id=%02?module-path={MODULE}"


class Librarian:
    """Runs the commands of a librarian with a PIN in a file."""

    def __init__(self, folder: Path) -> None:
        self.desk = folder / "desk"
        self.pin = folder / "pin"
        self.pin.write_text(PIN + "\n")

    def __call__(self, verb: str, *words: str) -> Result:
        command = ["repository", verb, str(self.desk), *words, "--pin-file", str(self.pin)]
        return CliRunner().invoke(cli, command)

    def fill(self, name: str) -> None:
        folder = self.desk / "collections/sach"
        folder.mkdir(parents=True, exist_ok=True)
        media_archive(folder / f"{name}.zim", {})

    def offered(self, point: Path) -> set[str]:
        site = Site(point / "library", point / "state")
        pin(site.trust, (self.desk / "repository/metadata/1.root.json").read_bytes())
        offer = refresh(site.trust, DirectoryCarrier(self.desk / "repository"), site.clock)
        return {one.name for one in offer.archives}


@needs_softhsm
def test_a_token_signs_releases_that_points_take(token: str, tmp_path: Path) -> None:
    librarian = Librarian(tmp_path)
    made = librarian("init", "--name", "Lai Châu", "--key", f"targets={token}")
    assert made.exit_code == 0, made.exception
    keys = librarian.desk / "keys"
    assert sorted(one.name for one in keys.iterdir() if one.suffix == ".hsm") == ["targets.hsm"]
    assert not (keys / "targets.pem").exists()
    assert "PRIVATE" not in (keys / "targets.hsm").read_text()
    with (librarian.desk / "desk.toml").open("a") as file:
        file.write('[[collection]]\nid = "sach"\n')
    librarian.fill("a")
    assert librarian("publish").exit_code == 0
    assert librarian.offered(tmp_path / "point") == {"a"}
    root = json.loads((librarian.desk / "repository/metadata/1.root.json").read_bytes())["signed"]
    (keyid,) = root["roles"]["targets"]["keyids"]
    assert root["keys"][keyid]["scheme"] == "ecdsa-sha2-nistp256"

    # Another key of the token, then back to a file under a PIN; points follow each time.
    roots = [f"--root-key={keys / name}.pem" for name in ("root-1", "root-2")]
    third = token.replace("%02", "%03")
    assert librarian("rotate", "targets", *roots, "--key", third).exit_code == 0
    librarian.fill("b")
    assert librarian("publish").exit_code == 0
    assert librarian("rotate", "targets", *roots).exit_code == 0
    assert (keys / "targets.pem").exists()
    assert not (keys / "targets.hsm").exists()
    assert librarian.offered(tmp_path / "point") == {"a", "b"}


@needs_softhsm
def test_what_is_wrong_with_a_token_is_said_before_anything_is_signed(
    token: str, tmp_path: Path
) -> None:
    librarian = Librarian(tmp_path)
    assert librarian("init", "--name", "x", "--key", f"targets={token}").exit_code == 0
    with (librarian.desk / "desk.toml").open("a") as file:
        file.write('[[collection]]\nid = "sach"\n')
    librarian.fill("a")
    before = {one.name for one in (librarian.desk / "repository/metadata").iterdir()}
    librarian.pin.write_text("000000\n")
    assert "is the PIN right?" in str(librarian("publish").exception)
    librarian.pin.write_text(PIN + "\n")
    hsm = librarian.desk / "keys/targets.hsm"
    hsm.write_text(hsm.read_text().replace("Lai%20Chau", "Son%20La"))
    assert "is it plugged in" in str(librarian("publish").exception)
    assert {one.name for one in (librarian.desk / "repository/metadata").iterdir()} == before
    wrong = librarian("init", "--name", "x", "--key", f"online={token}")
    assert wrong.exit_code == 2


def test_the_uri_is_that_of_rfc_7512() -> None:
    assert parse_uri("pkcs11:token=Lai%20Chau;id=%02") == TokenKey("Lai Chau", 2)
    found = parse_uri("pkcs11:id=%01%02;token=x?module-path=/usr/lib/libykcs11.so&pin-source=y")
    assert found == TokenKey("x", 258, "/usr/lib/libykcs11.so")
    for wrong in ("hsm:2", "pkcs11:", "pkcs11:token=x", "pkcs11:id=%02", ""):
        with pytest.raises(PublishError, match="names no key"):
            parse_uri(wrong)
