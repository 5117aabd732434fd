"""Lay files of others into `kiosk/static/vendor/NAME-VERSION/`: `python -m tools.vendor [--check]`.

They come from node_modules, whose versions and hashes package-lock.json fixes. `SHA256SUMS` beside
them tells every checkout whether they are as they came.
"""

import argparse
import hashlib
import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "kiosk" / "static" / "vendor"
SUMS = VENDOR / "SHA256SUMS"
# Package -> the files that a page needs, and the licence that travels with them.
WANTED = {
    "@fontsource/noto-sans-tai-viet": (
        "files/noto-sans-tai-viet-tai-viet-400-normal.woff2",
        "LICENSE",
    ),
}


def folder_of(package: str) -> Path:
    """Return where a package's files are laid, by the version in package-lock.json."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    version = lock["packages"][f"node_modules/{package}"]["version"]
    return VENDOR / f"{package.rpartition('/')[2]}-{version}"


def sums() -> str:
    """Return the hash of every file that is laid out, one a line as sha256sum prints it."""
    lines = []
    for path in sorted(VENDOR.rglob("*")):
        if path.is_file() and path != SUMS:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines.append(f"{digest}  {path.relative_to(VENDOR).as_posix()}\n")
    return "".join(lines)


def differences() -> list[str]:
    """Return what is not as it came from node_modules or as `SHA256SUMS` says."""
    found = []
    wanted = {folder_of(package) / Path(name).name: (package, name) for package, name in _files()}
    for laid, (package, name) in wanted.items():
        came = ROOT / "node_modules" / package / name
        if not laid.is_file() or laid.read_bytes() != came.read_bytes():
            found.append(f"{laid.relative_to(ROOT)}: not as {package} has it")
    others = [path for path in VENDOR.rglob("*") if path.is_file()]
    unwanted = [path for path in others if path not in {*wanted, SUMS}]
    found += [f"{path.relative_to(ROOT)}: nobody wants it" for path in unwanted]
    if not SUMS.is_file() or SUMS.read_text(encoding="utf-8") != sums():
        found.append(f"{SUMS.relative_to(ROOT)}: does not fit")
    return found


def lay_out() -> None:
    """Lay every wanted file out anew."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for package, name in _files():
        folder = folder_of(package)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "node_modules" / package / name, folder / Path(name).name)
    SUMS.write_text(sums(), encoding="utf-8")


def _files() -> list[tuple[str, str]]:
    return [(package, name) for package, names in WANTED.items() for name in names]


def main() -> None:
    """Lay out, or check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, say what differs")
    if parser.parse_args().check:
        found = differences()
        print("\n".join(found))
        sys.exit(bool(found))
    lay_out()


if __name__ == "__main__":
    main()
