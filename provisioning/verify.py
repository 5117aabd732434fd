"""Rendered files are read by the programs they are for before any of them is put in place."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from provisioning.command import Command
from provisioning.errors import CommandError, RefusedFileError
from provisioning.render import OWN, RenderedFile

# What of hostapd's settings needs a radio (a country's rules are asked of it); the rest is read
# all the same.
_NEEDS_RADIO = re.compile(r"^(country_code|ieee80211d)=.*\n", re.MULTILINE)
_WITHOUT_RADIO = {"driver": "none", "interface": "lo"}
# It is told to end after so long; what it does not take ends it at once.
_HOSTAPD_S = "1"


def verify_files(files: Sequence[RenderedFile], command: Command) -> list[str]:
    """Have each program read its file; return the names of programs that could not try theirs.

    Raises:
        RefusedFileError: A program refuses its file; its own words are told.
    """
    texts = {one.path: one.text for one in files if one.text is not None}
    missing = []
    with tempfile.TemporaryDirectory(prefix="diemdoc-") as folder:
        for name, reads in (("dnsmasq", _dnsmasq), ("nft", _nft), ("hostapd", _hostapd)):
            path = f"{OWN}/{_FILES[name]}"
            if path not in texts:
                continue
            copy = Path(folder) / name
            copy.write_text(texts[path], encoding="utf-8")
            try:
                told = reads(copy, command)
            except CommandError:
                missing.append(name)
                continue
            if told:
                raise RefusedFileError(f"{name} refuses /{path}: {' '.join(told.split())[:400]}")
    return missing


_FILES = {"dnsmasq": "dnsmasq.conf", "nft": "nftables.conf", "hostapd": "hostapd.conf"}


def _dnsmasq(path: Path, command: Command) -> str:
    done = command("dnsmasq", "--test", f"--conf-file={path}")
    return done.text if done.status else ""


def _nft(path: Path, command: Command) -> str:
    done = command("nft", "--check", "--file", str(path))
    if "Operation not permitted" in done.text:
        # Only root may try rules; whoever only renders files is told that they were not tried.
        raise CommandError("nft may be tried by root only")
    return done.text if done.status else ""


def _hostapd(path: Path, command: Command) -> str:
    """Start hostapd without a radio: `hostapd -t` reads nothing, and its end tells all."""
    text = _NEEDS_RADIO.sub("", path.read_text(encoding="utf-8"))
    for key, value in _WITHOUT_RADIO.items():
        text = re.sub(rf"^{key}=.*$", f"{key}={value}", text, flags=re.MULTILINE)
    control = path.with_name("control")
    text = text.replace("ctrl_interface=/run/diemdoc-access-point", f"ctrl_interface={control}")
    path.write_text(text, encoding="utf-8")
    done = command("timeout", _HOSTAPD_S, "hostapd", str(path), timeout_s=30)
    return "" if "AP-ENABLED" in done.text else done.text or "it does not start"
