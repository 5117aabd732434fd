"""The green light of a Pi tells how a stick is doing, to who stands before a box without a screen.

    slow blinking    content is being taken, or counts are being written
    steady           it may be pulled out
    quick blinking   that did not work; pulled out and put in again it is tried anew

The light is the kernel's (Documentation/leds/leds-class.rst): a *trigger* moves it, by itself. What
moved it before, the card on a Pi, is kept in memory and given back when the stick is gone. Where
there is no such light nothing is done.
"""

import os
import re
from enum import StrEnum
from pathlib import Path

# By name in /sys/class/leds: kernels of today, and those before 5.18.
LEDS = ("ACT", "led0")
LED_CLASS = Path("sys/class/leds")
USUAL = Path("run/diemdoc-light/usual")
# What unprivileged parts of the point wish, one word.
WISH = Path("/var/lib/diemdoc/tasks/light")
_MOST_WISHED = 20
_BLINKS = "timer"


class Light(StrEnum):
    """What the light says."""

    WORKING = "working"
    SAFE = "safe"
    FAILED = "failed"
    USUAL = "usual"


# How long on and off, in milliseconds.
_PERIODS_MS = {Light.WORKING: 1_000, Light.FAILED: 120}


def ended(result: str) -> Light:
    """Return the light for how a unit ended, `$SERVICE_RESULT` of systemd.exec(5)."""
    return Light.SAFE if result == "success" else Light.FAILED


def wished(path: Path) -> Light | None:
    """Return the light that a file wishes; None for anything but one of our words.

    The file is another user's: links are not followed, and little is read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        try:
            return Light(file.read(_MOST_WISHED).decode("ascii").strip())
        except (OSError, ValueError):
            return None


def show(light: Light, root: Path = Path("/")) -> bool:
    """Have the light say something; return whether there is one.

    It is decoration: what the kernel refuses is left, and never a reason to stop.
    """
    led = next((one for name in LEDS if (one := root / LED_CLASS / name).is_dir()), None)
    if led is None:
        return False
    kept = root / USUAL
    try:
        if light == Light.USUAL:
            if kept.exists():
                (led / "trigger").write_text(kept.read_text(encoding="ascii"), encoding="ascii")
                kept.unlink()
            return True
        _keep(led, kept)
        period_ms = _PERIODS_MS.get(light)
        (led / "trigger").write_text(_BLINKS if period_ms else "default-on", encoding="ascii")
        if period_ms:
            # These two are there only while the trigger is.
            for name in ("delay_on", "delay_off"):
                (led / name).write_text(str(period_ms), encoding="ascii")
    except OSError:
        return True
    return True


def _keep(led: Path, kept: Path) -> None:
    """Remember what moves the light, the word in brackets, unless we moved it."""
    if kept.exists():
        return
    moved_by = re.search(r"\[([\w:-]+)\]", (led / "trigger").read_text(encoding="ascii"))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(moved_by[1] if moved_by else "none", encoding="ascii")
