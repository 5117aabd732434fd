"""What a point tells arrives once, whoever loses requests, replies and sticks on the way."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from content.clock import BUILT, Reading, Trust
from content.errors import CarrierError, TamperedError
from content.files import atomic_write
from content.sync.backoff import FIRST_WAIT, LONGEST_WAIT, wait_after
from content.sync.message import (
    Kind,
    Message,
    Receipt,
    Verdict,
    accept,
    seal,
    sign,
    sign_receipt,
    unseal,
    verify,
)
from content.sync.outbox import Handed, Outbox

READING = Reading(BUILT, Trust.FLOOR, BUILT, BUILT)
NOW = datetime(2027, 1, 1, tzinfo=UTC)


class Desk:
    """The accepting side for tests: what it counts, and how badly its link behaves."""

    def __init__(self, outbox: Outbox) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.points = {outbox.point: outbox.public_key}
        self.counted: dict[tuple[str, int], Message] = {}
        self.lost_requests = self.lost_replies = 0.0
        self.chance = random.Random(6)

    def take(self, data: bytes) -> bytes:
        receipt, message = accept(data, self.points, self.counted)
        if message is not None:
            self.counted[message.point, message.sequence] = message
        return sign_receipt(receipt, self.key)

    def __call__(self, data: bytes) -> bytes:
        if self.chance.random() < self.lost_requests:
            raise CarrierError("lost")
        answer = self.take(data)
        if self.chance.random() < self.lost_replies:
            raise CarrierError("lost")
        return answer


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def test_everything_counts_once_on_a_bad_link_and_a_replayed_stick(
    outbox: Outbox, tmp_path: Path
) -> None:
    desk, sealing = Desk(outbox), X25519PrivateKey.generate()
    desk.lost_requests = desk.lost_replies = 0.3
    for number in range(40):
        outbox.put(Kind.REPORT, {"requests": number}, READING)
    assert outbox.export(tmp_path, sealing.public_key()) == 40
    now = NOW
    for _ in range(200):
        outbox.deliver(desk, desk.key.public_key(), now)
        now += LONGEST_WAIT
    for path in sorted((tmp_path / "diemdoc-outbox").iterdir()) * 2:
        desk.take(unseal(path.read_bytes(), sealing))
    assert sum(one.body["requests"] for one in desk.counted.values()) == sum(range(40))
    assert list(outbox.waiting()) == []


def test_a_stick_alone_is_enough(outbox: Outbox, tmp_path: Path) -> None:
    desk, sealing = Desk(outbox), X25519PrivateKey.generate()
    outbox.put(Kind.HEALTH, {"disk": "good"}, READING)
    outbox.export(tmp_path, sealing.public_key())
    (path,) = (tmp_path / "diemdoc-outbox").iterdir()
    assert b"disk" not in path.read_bytes()
    receipt = desk.take(unseal(path.read_bytes(), sealing))
    assert len(list(outbox.waiting())) == 1
    outbox.take_receipt(receipt, desk.key.public_key(), NOW)
    assert list(outbox.waiting()) == []
    with pytest.raises(TamperedError):
        unseal(path.read_bytes(), X25519PrivateKey.generate())


def test_a_stick_pulled_out_in_the_middle_loses_nothing(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, sealing = Desk(outbox), X25519PrivateKey.generate()
    for number in range(3):
        outbox.put(Kind.REPORT, {"requests": number}, READING)
    written = iter(range(1))

    def pulled_out(path: Path, data: bytes) -> None:
        if next(written, None) is None:
            raise OSError(5, "Input/output error", str(path))
        atomic_write(path, data)

    monkeypatch.setattr("content.sync.outbox.atomic_write", pulled_out)
    with pytest.raises(OSError, match="Input/output"):
        outbox.export(tmp_path, sealing.public_key())
    monkeypatch.undo()
    assert len(list(outbox.waiting())) == 3
    for _ in range(2):
        assert outbox.export(tmp_path, sealing.public_key()) == 3
    for path in sorted((tmp_path / "diemdoc-outbox").iterdir()):
        desk.take(unseal(path.read_bytes(), sealing))
    assert [one.body["requests"] for one in desk.counted.values()] == [0, 1, 2]


def test_the_newest_month_that_the_province_has_is_known(outbox: Outbox) -> None:
    desk = Desk(outbox)
    assert outbox.handed() is None
    for month in ("2026-11", "2026-12", "2026-10"):
        outbox.put(Kind.REPORT, {"month": month}, READING)
    outbox.put(Kind.HEALTH, {"disk": "good"}, READING)
    desk.lost_replies = 1.0
    outbox.deliver(desk, desk.key.public_key(), NOW)
    assert outbox.handed() is None
    desk.lost_replies = 0.0
    outbox.deliver(desk, desk.key.public_key(), NOW, at_once=True)
    assert outbox.handed() == Handed("2026-12", NOW)
    (outbox._folder / "handed.json").write_bytes(b"{")
    assert outbox.handed() is None


def test_a_number_is_never_used_twice(outbox: Outbox, tmp_path: Path) -> None:
    desk = Desk(outbox)
    assert outbox.put(Kind.REPORT, 1, READING) == 1
    outbox.deliver(desk, desk.key.public_key(), NOW)
    again = Outbox(tmp_path / "outbox")
    assert again.point == outbox.point
    assert again.put(Kind.REPORT, 2, READING) == 2
    (tmp_path / "outbox/next").unlink()
    assert again.put(Kind.REPORT, 3, READING) == 3


def test_only_the_provinces_receipt_lets_a_message_go(outbox: Outbox) -> None:
    desk = Desk(outbox)
    number = outbox.put(Kind.REPORT, 1, READING)
    forged = Ed25519PrivateKey.generate()
    receipt = Receipt(outbox.point, number, Verdict.ACCEPTED)
    outbox.deliver(lambda _: sign_receipt(receipt, forged), desk.key.public_key(), NOW)
    assert len(list(outbox.waiting())) == 1
    other = sign_receipt(Receipt(outbox.point, number + 1, Verdict.ACCEPTED), desk.key)
    outbox.deliver(lambda _: other, desk.key.public_key(), NOW + LONGEST_WAIT)
    assert len(list(outbox.waiting())) == 1


def test_a_stranger_and_a_changed_message_are_refused(outbox: Outbox) -> None:
    desk = Desk(outbox)
    outbox.put(Kind.REPORT, {"requests": 1}, READING)
    ((_, data),) = outbox.waiting()
    changed = data.replace(b"requests", b"Requests")
    assert accept(changed, desk.points, set())[0].verdict == Verdict.REFUSED
    assert accept(data, {}, set())[0].reason == "this point is not enrolled"
    assert accept(b"[]", desk.points, set())[0].verdict == Verdict.REFUSED
    thief = Ed25519PrivateKey.generate()
    posed = sign(Message(outbox.point, 9, Kind.REPORT, "", "", 1), thief)
    assert accept(posed, desk.points, set())[1] is None
    with pytest.raises(TamperedError, match="another point"):
        verify(posed, thief.public_key())


def test_failures_wait_longer_and_longer_up_to_a_day(outbox: Outbox) -> None:
    assert wait_after(0) == timedelta()
    assert wait_after(1) == FIRST_WAIT
    assert wait_after(2) == 2 * FIRST_WAIT
    assert wait_after(10**6) == LONGEST_WAIT
    desk = Desk(outbox)
    desk.lost_requests = 1.0
    outbox.put(Kind.REPORT, 1, READING)
    outbox.deliver(desk, desk.key.public_key(), NOW)
    desk.lost_requests = 0.0
    assert outbox.deliver(desk, desk.key.public_key(), NOW + FIRST_WAIT / 2).delivered == 0
    assert outbox.deliver(desk, desk.key.public_key(), NOW + FIRST_WAIT).delivered == 1


def test_an_enrolment_carries_the_key(outbox: Outbox, tmp_path: Path) -> None:
    outbox.enrol("LC-1234", "Điểm đọc Mường Mẫu", "03390", READING)
    ((_, data),) = outbox.waiting()
    message = verify(data, outbox.public_key)
    assert message.body["public_key"] == outbox.public_key.public_bytes_raw().hex()
    assert (tmp_path / "outbox/key.pem").stat().st_mode & 0o777 == 0o600
    assert seal(data, X25519PrivateKey.generate().public_key()) != data
