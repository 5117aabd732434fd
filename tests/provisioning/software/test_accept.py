"""Root takes only what is signed by whom root trusts, whole, newer, and for this machine."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from content.clock import TrustedClock
from content.errors import (
    ContentError,
    ExpiredRepositoryError,
    NotTrustedError,
    OlderRepositoryError,
    TamperedError,
)
from content.repository.client import pin, refresh
from content.repository.software import order
from content.repository.trust import TrustStore
from content.repository.volume import DirectoryCarrier
from content.sync.fetch import Fetcher, Tally
from content.sync.software import FOLDER, bring_software
from provisioning.command import Done
from provisioning.errors import SoftwareError
from provisioning.software import accept
from provisioning.software.accept import Machine
from provisioning.software.state import Phase, State, save
from tests.content.sync.province_desk import NOW, Province
from tests.fakes.command import RecordingCommand
from tests.fakes.packages import make_package

HERE = Machine("1.0.0", "amd64", "3.11")


class Point:
    """A point whose web user brought what a province published."""

    def __init__(self, folder: Path, province: Province) -> None:
        self.province = province
        self.root, self.state, self.library = folder / "root", folder / "state", folder / "library"
        self.folder = self.root / "var/lib/diemdoc-software"
        self.folder.mkdir(parents=True)
        pin(TrustStore(self.state / "trust"), province.root)
        self.give_root(province.root)

    def give_root(self, root: bytes) -> None:
        (self.root / "etc/diemdoc").mkdir(parents=True, exist_ok=True)
        (self.root / "etc/diemdoc/root.json").write_bytes(root)

    def clock(self, name: str = "web", days: float = 0) -> TrustedClock:
        wall = NOW + timedelta(days=days)
        return TrustedClock(
            self.folder / f"{name}.json", wall=lambda: wall, is_synchronised=lambda: True
        )

    def bring(self) -> None:
        carrier = DirectoryCarrier(self.province.tree)
        offer = refresh(TrustStore(self.state / "trust"), carrier, self.clock())
        for one in offer.software:
            waiting = self.library / FOLDER
            waiting.mkdir(parents=True, exist_ok=True)
            bring_software(waiting, one, Fetcher(waiting, [carrier], Tally(), lambda _: None))

    def accept(self, machine: Machine = HERE, *, days: float = 0, said: str = "") -> Path:
        trust = accept.trusted(self.root, self.folder)
        wanted = accept.offered(trust, self.state, self.clock("root", days), machine, keep=True)
        target = self.folder / "new.deb"
        fields = said or (
            f"Package: diemdoc\nVersion: {wanted.version}\nArchitecture: {wanted.architecture}\n"
        )
        accept.take(
            wanted, self.library / FOLDER, target, RecordingCommand(lambda _: Done(0, fields))
        )
        return target


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path / "desk", collections="# none\n")


@pytest.fixture
def point(tmp_path: Path, province: Province) -> Point:
    return Point(tmp_path / "point", province)


@pytest.fixture
def publish(province: Province) -> Callable[..., Path]:
    def to_desk(version: str, architecture: str = "amd64", python: str = "3.11") -> Path:
        into = province.desk.root / "software"
        into.mkdir(exist_ok=True)
        path = make_package(into, version, architecture, python)
        province.publish()
        return path

    return to_desk


def test_what_is_signed_newer_and_whole_is_taken(
    point: Point, publish: Callable[..., Path]
) -> None:
    package = publish("1.1.0")
    point.bring()
    for _ in range(2):
        assert point.accept().read_bytes() == package.read_bytes()
    assert [one.name for one in point.folder.glob("*.deb")] == ["new.deb"]


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (Machine("1.1.0", "amd64", "3.11"), "1.1.0 is installed; the newest that is published is"),
        (Machine("1.10.0", "amd64", "3.11"), "1.1.0, which is not newer"),
        (Machine("1.0.0", "arm64", "3.11"), "(arm64, Python 3.11); what is published is for amd64"),
        (Machine("1.0.0", "amd64", "3.13"), "no version for this machine (amd64, Python 3.13)"),
    ],
)
def test_what_is_older_or_for_another_machine_is_refused_in_its_own_words(
    point: Point, publish: Callable[..., Path], machine: Machine, words: str
) -> None:
    publish("1.1.0")
    point.bring()
    with pytest.raises(SoftwareError) as caught:
        point.accept(machine)
    assert words in str(caught.value)
    assert not (point.folder / "new.deb").exists()


def test_other_bytes_are_refused(point: Point, publish: Callable[..., Path]) -> None:
    publish("1.1.0")
    point.bring()
    (waits,) = (point.library / FOLDER).glob("*.deb")
    good = waits.read_bytes()
    for bad in (good[:-1] + b"x", good[:-1], good + b"x"):
        waits.write_bytes(bad)
        with pytest.raises(TamperedError, match="not what the province signed"):
            point.accept()
        assert sorted(one.name for one in point.folder.glob("*deb*")) == []


def test_a_link_in_its_place_is_not_followed(
    point: Point, publish: Callable[..., Path], tmp_path: Path
) -> None:
    publish("1.1.0")
    point.bring()
    (waits,) = (point.library / FOLDER).glob("*.deb")
    waits.replace(tmp_path / "elsewhere")
    waits.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ContentError, match="is a link or cannot be opened"):
        point.accept()


def test_a_package_that_says_another_name_of_itself_is_refused(
    point: Point, publish: Callable[..., Path]
) -> None:
    publish("1.1.0")
    point.bring()
    with pytest.raises(TamperedError, match="which is not what its name says"):
        point.accept(said="Package: diemdoc\nVersion: 1.0.0\nArchitecture: amd64\n")


def test_what_the_web_user_trusts_is_nothing_to_root(
    point: Point, publish: Callable[..., Path], tmp_path: Path
) -> None:
    """A web app in foreign hands brings lists of a province of its own."""
    mine = Province(tmp_path / "theirs", name="Lai Châu", collections="# none\n")
    into = mine.desk.root / "software"
    into.mkdir()
    make_package(into, "9.0.0")
    mine.publish()
    evil = Point(tmp_path / "evil", mine)
    evil.bring()
    evil.give_root(point.province.root)
    with pytest.raises(ContentError, match="not signed by the province this point trusts"):
        evil.accept()


def test_before_root_was_given_a_root_file_nothing_is_taken(
    point: Point, publish: Callable[..., Path]
) -> None:
    publish("1.1.0")
    point.bring()
    (point.root / "etc/diemdoc/root.json").unlink()
    with pytest.raises(NotTrustedError, match=r"copy the province's root\.json to the boot"):
        point.accept()
    boot = point.root / "boot/firmware"
    boot.mkdir(parents=True)
    (boot / "root.json").write_bytes(point.province.root)
    assert point.accept().exists()


def test_lists_that_root_saw_newer_are_refused(
    point: Point, publish: Callable[..., Path], tmp_path: Path
) -> None:
    """Whoever owns the web app may go back to an old list; root does not."""
    publish("1.1.0")
    old = point.province.copy(tmp_path / "old")
    publish("1.2.0")
    point.bring()
    point.accept()
    other = Point(tmp_path / "other", point.province)
    carrier = DirectoryCarrier(old)
    refresh(TrustStore(other.state / "trust"), carrier, other.clock())
    point.state = other.state
    with pytest.raises(OlderRepositoryError):
        point.accept()


def test_lists_that_have_run_out_install_nothing(
    point: Point, publish: Callable[..., Path]
) -> None:
    publish("1.1.0")
    point.bring()
    with pytest.raises(ExpiredRepositoryError):
        point.accept(days=401)


def test_nothing_came_yet(point: Point, publish: Callable[..., Path]) -> None:
    with pytest.raises(SoftwareError, match="no list of the province came yet"):
        point.accept()
    publish("1.1.0")
    refresh(TrustStore(point.state / "trust"), DirectoryCarrier(point.province.tree), point.clock())
    with pytest.raises(SoftwareError, match=r"1\.1\.0 did not come yet; run: diemdoc sync"):
        point.accept()


@pytest.mark.parametrize(("reason", "is_refused"), [("not-well", True), ("power-cut", False)])
def test_a_version_that_went_back_is_not_taken_again(
    point: Point, reason: str, is_refused: bool
) -> None:
    save(point.folder, State(Phase.RETURNED, "1.1.0", "1.0.0", reason))
    accept.refuse_again(point.folder, "1.2.0")
    if not is_refused:
        accept.refuse_again(point.folder, "1.1.0")
        return
    with pytest.raises(SoftwareError, match="was tried and went back"):
        accept.refuse_again(point.folder, "1.1.0")


def test_only_a_package_can_be_replaced() -> None:
    with pytest.raises(SoftwareError, match="was not installed as a package"):
        accept.this_machine(RecordingCommand(lambda _: Done(1, "no packages found")))


def test_versions_are_compared_by_their_numbers() -> None:
    ordered = ["0.9", "0.9.1", "0.10", "1.0", "1.0.0.1", "1.2", "10.0.0"]
    assert sorted(ordered, key=order) == ordered
    assert order("1.0") == order("1.0.0")
    for wrong in ("", "1", "1.0rc1", "v1.0", "1.0-1", "1..0", "1.0.0.0.0", "9999999.0"):
        with pytest.raises(ValueError, match="is no version"):
            order(wrong)
