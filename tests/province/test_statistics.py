"""Each message counts once, however it comes; reports may be late, corrected and out of order."""

import base64
import json
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from content.errors import CarrierError
from content.sync.message import Kind, Message, Verdict, sign
from content.sync.outbox import FOLDER, Outbox
from province.enrolments import VALID, invite, write_invitation
from province.errors import ProvinceError
from province.fleet import QUIET, points
from province.reports_keys import load_keys
from province.tables import cell, message, month, open_database, point, schema, work
from tests.province.fleet import HEALTH, NOW, READING, Province, data_of, usage_body


@pytest.fixture
def province(database_address: str, tmp_path: Path) -> Iterator[Province]:
    made = Province(database_address, tmp_path / "keys")
    yield made
    made.close()


def visits(province: Province) -> dict[str, int]:
    with province.database.connect() as connection:
        sums = select(month.c.month, func.sum(month.c.visits)).group_by(month.c.month)
        rows = connection.execute(sums)
        return {name: int(count) for name, count in rows}


def count(province: Province, table: object) -> int:
    with province.database.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_everything_counts_once_on_a_bad_link_and_a_replayed_stick(
    province: Province, tmp_path: Path
) -> None:
    outbox = province.point(tmp_path / "a", "Mường Mẫu", "03390")
    for number in range(1, 6):
        outbox.put(Kind.REPORT, usage_body(f"2027-0{number}", 10 * number), READING)
    stick = tmp_path / "stick"
    stick.mkdir()
    outbox.export(stick, province.keys.sealing.public_key())
    chance = random.Random(3)

    def lossy(data: bytes) -> bytes:
        if chance.random() < 0.3:
            raise CarrierError("lost")
        answer = province.send(data)
        if chance.random() < 0.3:
            raise CarrierError("lost")
        return answer

    for day in range(60):
        outbox.deliver(lossy, province.receipt_key, NOW + timedelta(days=2 * day))
    assert list(outbox.waiting()) == []
    for _ in range(2):
        verdicts = [one for _, one, _ in province.desk.take_stick(stick, NOW)]
        assert verdicts == [Verdict.KNOWN] * 5
    assert visits(province) == {f"2027-0{number}": 10 * number for number in range(1, 6)}
    assert count(province, message) == 6


def test_a_stick_alone_is_enough_and_brings_receipts_back(
    province: Province, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    code = invite(province.database, "Mường Mẫu", "03390", NOW)
    write_invitation(stick, code, "", province.keys)
    said = json.loads((stick / FOLDER / "invitation.json").read_bytes())
    assert said["code"] == code
    assert said["version"] == 1
    outbox = Outbox(tmp_path / "a")
    outbox.enrol(code, "Mường Mẫu", "", READING)
    outbox.put(Kind.REPORT, usage_body("2027-05"), READING)
    outbox.export(stick, province.keys.sealing.public_key())
    assert [one for _, one, _ in province.desk.take_stick(stick, NOW)] == [Verdict.ACCEPTED] * 2
    for path in sorted((stick / FOLDER).glob("*.receipt")):
        outbox.take_receipt(path.read_bytes(), province.receipt_key, NOW)
    assert list(outbox.waiting()) == []
    (seen,) = points(province.database)
    assert (seen.name, seen.commune, seen.carrier) == ("Mường Mẫu", "03390", "stick")


def test_of_a_month_the_report_with_the_highest_number_holds(
    province: Province, tmp_path: Path
) -> None:
    outbox = province.point(tmp_path / "a", "A", "1")
    first = data_of(outbox, Kind.REPORT, usage_body("2027-05", 10))
    corrected = data_of(outbox, Kind.REPORT, usage_body("2027-05", 12))
    assert province.receipt(corrected).verdict == Verdict.ACCEPTED
    assert province.receipt(first).verdict == Verdict.ACCEPTED
    assert province.receipt(first).verdict == Verdict.KNOWN
    assert visits(province) == {"2027-05": 12}
    assert count(province, cell) == 2
    assert count(province, work) == 1


def test_the_same_message_at_the_same_moment_counts_once(
    province: Province, tmp_path: Path
) -> None:
    outbox = province.point(tmp_path / "a", "A", "1")
    data = data_of(outbox, Kind.REPORT, usage_body("2027-05", 10))
    verdicts = []
    threads = [
        threading.Thread(target=lambda: verdicts.append(province.receipt(data).verdict))
        for _ in range(6)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(verdicts) == [Verdict.ACCEPTED, *[Verdict.KNOWN] * 5]
    assert visits(province) == {"2027-05": 10}


def test_a_code_makes_one_point_known_however_it_is_typed(
    province: Province, tmp_path: Path
) -> None:
    code = invite(province.database, "A", "1", NOW)
    first, second = Outbox(tmp_path / "a"), Outbox(tmp_path / "b")
    first.enrol(f" {code.lower().replace('-', ' ')} ", "A", "1", READING)
    second.enrol(code, "B", "1", READING)
    unknown = Outbox(tmp_path / "c")
    unknown.enrol("22222-22222", "C", "1", READING)
    old = Outbox(tmp_path / "d")
    old.enrol(invite(province.database, "D", "1", NOW - VALID * 2), "D", "1", READING)
    verdicts = [
        province.receipt(next(outbox.waiting())[1]) for outbox in (first, second, unknown, old)
    ]
    assert [one.verdict for one in verdicts] == [Verdict.ACCEPTED, *[Verdict.REFUSED] * 3]
    for one, words in zip(verdicts[1:], ("another point", "not known", "run out"), strict=True):
        assert words in one.reason
    # The point that lost the receipt asks again.
    first.enrol(code, "A", "1", READING)
    again = [data for _, data in first.waiting()]
    assert [province.receipt(data).verdict for data in again] == [Verdict.ACCEPTED]
    assert count(province, point) == 1


@pytest.mark.parametrize("name", ["", " ", "x" * 201])
def test_a_point_needs_a_name(province: Province, name: str) -> None:
    with pytest.raises(ProvinceError, match="needs a name"):
        invite(province.database, name, "1", NOW)


def hostile(outbox: Outbox) -> Iterator[bytes]:
    """Yield what a stranger or a stolen box may send."""
    good = data_of(outbox, Kind.REPORT, usage_body("2027-05"))
    yield from (
        b"",
        b"{",
        b"[]",
        b'{"signed": 3}',
        b"\xff" * 100,
        b'{"signed":"{}","signature":""}',
    )
    yield good.replace(b"2027-05", b"2027-06")
    thief = Ed25519PrivateKey.generate()
    posed = Message(outbox.point, 900, Kind.REPORT, "", "", usage_body("2027-04"))
    yield sign(posed, thief)
    yield sign(replace(posed, kind=Kind.ENROLMENT, body={"code": "x", "public_key": "zz"}), thief)
    yield sign(replace(posed, kind=Kind.ENROLMENT, body=[]), thief)
    own = outbox._key
    for sequence in (1 << 60, 10**40):
        yield sign(replace(posed, sequence=sequence), own)
    bodies: list[Any] = [
        {},
        [],
        "x",
        None,
        usage_body("2027-13"),
        usage_body("2027-05", -1),
        usage_body("2027-05", 1 << 50),
        usage_body("2027-05", version=2),
        usage_body("2027-05", epsilon=float("nan")),
        usage_body("2027-05", epsilon="x"),
        usage_body("2027-05", cells=[["2027-05", "work", 3, {}]]),
        usage_body("2027-05", cells=[["2027-05"]]),
        usage_body("2027-05", works={"w": "title"}),
        usage_body("2027-05", days=[1]),
    ]
    for number, body in enumerate(bodies):
        yield sign(replace(posed, sequence=1_000 + number, body=body), own)


def test_what_strangers_and_stolen_boxes_send_changes_nothing(
    province: Province, tmp_path: Path
) -> None:
    outbox = province.point(tmp_path / "a", "A", "1")
    for data in hostile(outbox):
        assert province.receipt(data).verdict == Verdict.REFUSED, data[:200]
    assert visits(province) == {}
    assert (count(province, message), count(province, point)) == (1, 1)


def test_odd_letters_are_stored_all_the_same(province: Province, tmp_path: Path) -> None:
    outbox = province.point(tmp_path / "a", "A", "1")
    odd = usage_body("2027-05", works={"w\0\ud800": {"title": "x" * 900}})
    odd["cells"].append(["2027-05", "collection", "\0\ud800" + "k" * 900, odd["total"]])
    facts = {"version": 1, "point": outbox.point, "sequence": 9, "kind": "report", "body": odd}
    text = json.dumps({**facts, "made": "\0\ud800", "trust": "\ud800" * 99})
    signature = base64.b64encode(outbox._key.sign(text.encode())).decode()
    data = json.dumps({"signed": text, "signature": signature}).encode()
    assert province.receipt(data).verdict == Verdict.ACCEPTED
    assert count(province, cell) == 3


def test_a_stick_with_other_things_in_the_place_of_messages(
    province: Province, tmp_path: Path
) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "a.sealed").write_bytes(b"x" * 100)
    (folder / "b.sealed").symlink_to("/etc/passwd")
    (folder / "c.sealed").mkdir()
    (folder / "d.sealed").touch()
    verdicts = [one for _, one, _ in province.desk.take_stick(tmp_path, NOW)]
    assert verdicts == [Verdict.REFUSED] * 4
    assert list(folder.glob("*.receipt")) == []


def test_points_say_how_they_stand(province: Province, tmp_path: Path) -> None:
    outbox = province.point(tmp_path / "a", "A", "1")
    (fresh,) = points(province.database)
    assert (fresh.archives, fresh.free_share, fresh.last_month) == (None, None, "")
    late = data_of(outbox, Kind.HEALTH, {**HEALTH, "generation": 3})
    newest = data_of(outbox, Kind.HEALTH, HEALTH)
    for data in (newest, late, data_of(outbox, Kind.REPORT, usage_body("2027-04"))):
        province.send(data)
    (seen,) = points(province.database)
    assert (seen.generation, seen.archives, seen.last_month) == (12, 1, "2027-04")
    assert seen.trust == "synchronised"
    assert seen.is_short_of_space
    assert not seen.is_quiet(NOW)
    assert seen.is_quiet(NOW + QUIET * 2)


def test_a_newer_database_and_a_wrong_address_are_refused(
    province: Province, database_address: str, tmp_path: Path
) -> None:
    with province.database.begin() as connection:
        connection.execute(schema.update().values(version=99))
    with pytest.raises(ProvinceError, match="newer version"):
        open_database(database_address)
    secret = "postgresql+psycopg://me:hidden@/x?host=/nowhere"
    for wrong in ("", "nothing://x", f"sqlite:///{tmp_path}", secret):
        with pytest.raises(ProvinceError, match="cannot be opened") as error:
            open_database(wrong)
        assert "hidden" not in str(error.value)


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    first = load_keys(tmp_path).as_facts()
    assert load_keys(tmp_path).as_facts() == first
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    (tmp_path / "sealing.key").write_bytes(b"short")
    with pytest.raises(ProvinceError, match="damaged"):
        load_keys(tmp_path)
