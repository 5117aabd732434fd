"""Staff read what somebody should act on, each thing once, and no phone is named."""

import json
import subprocess
from collections.abc import Sequence

from kiosk.messages import read_messages

NOW = 1_800_000_000.0


def line(text: object, age_s: float = 0, unit: str = "diemdoc-web.service", level: int = 4) -> str:
    said = str(int((NOW - age_s) * 1e6))
    return json.dumps(
        {"__REALTIME_TIMESTAMP": said, "MESSAGE": text, "_SYSTEMD_UNIT": unit, "PRIORITY": level}
    )


def test_the_same_thing_is_told_once_with_how_often_and_when_last() -> None:
    lines = [
        line("a disk is slow: 12 ms", 300),
        line("a disk is slow: 99 ms", 60),
        line("it broke", 600, level=3),
    ]
    found = read_messages(now=NOW, run=lambda _: "\n".join(lines))
    assert found is not None
    assert [(one.text, one.times, one.is_error) for one in found] == [
        ("a disk is slow: 99 ms", 2, False),
        ("it broke", 1, True),
    ]
    assert found[0].service == "diemdoc-web"


def test_addresses_of_phones_are_left_out() -> None:
    lines = [line("10.42.0.17 and 02:ab:CD:00:11:22 and fe80::1ff:fe23:4567:890a left at 12:30")]
    found = read_messages(now=NOW, run=lambda _: "\n".join(lines))
    assert found is not None
    assert found[0].text == "… and … and … left at 12:30"


def test_lines_that_are_none_are_passed_over() -> None:
    lines = ["", "{", "[]", line(None), line([1]), line(" "), '{"MESSAGE": "x"}', line("good")]
    found = read_messages(now=NOW, run=lambda _: "\n".join(lines))
    assert found is not None
    assert [one.text for one in found] == ["good"]


def test_where_there_is_no_journal_nothing_is_known() -> None:
    def missing(_: Sequence[str]) -> str:
        raise FileNotFoundError

    def refused(command: Sequence[str]) -> str:
        raise subprocess.CalledProcessError(1, command)

    assert read_messages(now=NOW, run=missing) is None
    assert read_messages(now=NOW, run=refused) is None
