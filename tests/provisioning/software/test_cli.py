"""The command says which version runs and how the last change went, also in the middle of one."""

import json

import pytest

from kiosk.cli import main
from provisioning.command import Done
from provisioning.software import cli
from provisioning.software.state import Phase, State
from tests.fakes.command import RecordingCommand


def answer(status: str) -> RecordingCommand:
    def to_call(words: tuple[str, ...]) -> Done | None:
        told = {"dpkg-query": f"{status} 1.0.0", "dpkg": "arm64\n", "python3": "3.11\n"}
        return Done(0, told[words[0]])

    return RecordingCommand(to_call)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["software", *words])
    return int(caught.value.code or 0)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(), "No other version was tried here."),
        (State(Phase.INSTALLED, "1.0.0"), "Version 1.0.0 was tried and stays."),
        (State(Phase.RETURNED, "1.1.0", "1.0.0", "not-well", "500"),
         "Version 1.1.0 was not well (not-well), so 1.0.0 was put back. 500"),
    ],
)  # fmt: skip
def test_it_tells_in_a_line_each(
    state: State,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli, "run_command", answer("installed"))
    monkeypatch.setattr(cli, "remembered", lambda _: state)
    assert run("show") == 0
    assert capsys.readouterr().out == f"Version 1.0.0 (arm64) is installed.\n{words}\n"
    assert run("show", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["installed"] == {"version": "1.0.0", "architecture": "arm64", "python": "3.11"}
    assert facts["change"]["phase"] == state.phase


def test_while_dpkg_is_at_work_no_version_is_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "run_command", answer("half-installed"))
    monkeypatch.setattr(cli, "remembered", lambda _: State(Phase.SWITCHING, "1.1.0", "1.0.0"))
    assert run("show") == 0
    assert capsys.readouterr().out == "Version 1.1.0 is being put in place.\n"
    monkeypatch.setattr(cli, "remembered", lambda _: State())
    assert run("show") == 108
    assert "was not installed as a package" in capsys.readouterr().err


def test_every_phase_has_its_words() -> None:
    assert set(cli._WORDS) == set(Phase)


def test_after_an_update_nothing_is_installed_unless_the_settings_say_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = answer("installed")
    monkeypatch.setattr(cli, "run_command", command)
    assert run("install", "--when", "as-set") == 0
    assert (command.calls, capsys.readouterr().out) == ([], "")
