"""The light of a box tells how a stick is doing, and is given back; without one nothing happens."""

import os
from pathlib import Path

import pytest

from provisioning.light import Light, ended, show, wished

TRIGGERS = "none rfkill-any timer default-on [mmc0] heartbeat\n"


def lit(root: Path, name: str = "ACT", triggers: str = TRIGGERS) -> Path:
    """Make the files of a light below a root and return their folder."""
    led = root / "sys/class/leds" / name
    led.mkdir(parents=True)
    (led / "trigger").write_text(triggers)
    return led


def says(led: Path) -> list[str]:
    names = ("trigger", "delay_on", "delay_off")
    return [(led / one).read_text() for one in names if (led / one).exists()]


@pytest.mark.parametrize("name", ["ACT", "led0"])
def test_each_state_has_its_own_rhythm_and_the_card_gets_its_light_back(
    tmp_path: Path, name: str
) -> None:
    led = lit(tmp_path, name)
    assert show(Light.SAFE, tmp_path)
    assert says(led) == ["default-on"]
    show(Light.WORKING, tmp_path)
    assert says(led) == ["timer", "1000", "1000"]
    show(Light.FAILED, tmp_path)
    assert says(led) == ["timer", "120", "120"]
    for _ in range(2):
        show(Light.USUAL, tmp_path)
        assert (led / "trigger").read_text() == "mmc0"


def test_a_light_that_we_never_moved_is_left_alone(tmp_path: Path) -> None:
    led = lit(tmp_path)
    show(Light.USUAL, tmp_path)
    assert (led / "trigger").read_text() == TRIGGERS


def test_without_a_light_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "sys/class/leds/input3::capslock").mkdir(parents=True)
    for light in Light:
        assert not show(light, tmp_path)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_kernel_that_refuses_is_no_reason_to_stop(tmp_path: Path) -> None:
    led = tmp_path / "sys/class/leds/ACT"
    (led / "trigger").mkdir(parents=True)  # neither read nor written
    assert show(Light.WORKING, tmp_path)


def test_a_unit_that_ended_well_leaves_a_steady_light() -> None:
    assert ended("success") == Light.SAFE
    assert ended("exit-code") == ended("timeout") == Light.FAILED


def test_only_our_words_are_heeded(tmp_path: Path) -> None:
    wish = tmp_path / "light"
    assert wished(wish) is None
    wish.write_text("working")
    assert wished(wish) == Light.WORKING
    for bad in ("", "heartbeat", "working\nsafe", "w" * 5000, "w\xf8rking"):
        wish.write_text(bad, encoding="latin-1")
        assert wished(wish) is None
    wish.unlink()
    (tmp_path / "other").write_text("failed")
    wish.symlink_to(tmp_path / "other")
    assert wished(wish) is None
    wish.unlink()
    os.mkfifo(wish)
    assert wished(wish) is None
