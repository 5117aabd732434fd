"""Our archives open, read, search and pass in the programs of others."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from libzim.reader import Archive

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
ROOT = Path(__file__).resolve().parents[2]
OLD_LIBZIM = ROOT / ".venv" / "libzim-for-zimcheck"
START_S = 15


def build(out: Path, *, libzim: Path | None = None) -> Path:
    """Build the samples by the command line, with another libzim when one is given."""
    paths = [str(libzim)] if libzim else []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, str(ROOT)])}
    command = [sys.executable, "-m", "kiosk", "build", str(ROOT / "samples"), "-o", str(out)]
    subprocess.run(
        [*command, "--date", "2026-11-24"], env=environment, check=True, capture_output=True
    )
    return out


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("readers") / "samples.zim")


@pytest.fixture(scope="module")
def kiwix(archive: Path) -> Iterator[str]:
    """Serve the archive with kiwix-serve and return the address."""
    program = shutil.which("kiwix-serve")
    assert program, "kiwix-serve is missing; script/setup installs it"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "--address", "127.0.0.1", "--port", str(port), str(archive)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_S
        while True:
            try:
                fetch(f"{address}/")
                break
            except OSError:
                assert time.monotonic() < deadline, "kiwix-serve did not start"
                time.sleep(0.1)
        yield address
        server.terminate()


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:
        content: bytes = answer.read()
    return content


def test_kiwix_serve_gives_every_entry_byte_for_byte(kiwix: str, archive: Path) -> None:
    ours = Archive(archive)
    paths = ["index.html", "style.css", "catalogue.json"]
    catalogue = bytes(ours.get_entry_by_path("catalogue.json").get_item().content).decode()
    paths += sorted(set(re.findall(r'"(works/[^"]+)"', catalogue)))
    assert len(paths) > 60
    for path in paths:
        theirs = fetch(f"{kiwix}/raw/samples/content/{quote(path)}")
        assert theirs == bytes(ours.get_entry_by_path(path).get_item().content), path


def test_kiwix_serve_shows_the_main_page_and_a_chapter(kiwix: str) -> None:
    # Debian 12's kiwix-serve 3.3 has no /content/ before the name of the archive yet.
    assert "Tủ sách mẫu" in fetch(f"{kiwix}/samples/index.html").decode()
    page = fetch(f"{kiwix}/samples/works/nai-va-giot-suong/0002.html").decode()
    assert "Giọt sương trên lá" in page
    assert 'rel="next" href="0003.html"' in page


@pytest.mark.parametrize("words", ["đỉnh núi cao", "dinh nui cao", "DINH NUI"])
def test_kiwix_serve_finds_words_with_and_without_accents(kiwix: str, words: str) -> None:
    found = fetch(f"{kiwix}/search?content=samples&pattern={quote(words)}").decode()
    assert "works/nai-va-giot-suong/0001.html" in found


@pytest.mark.parametrize("words", ["Điểm Đọc", "Diem Doc", "con nai"])
def test_kiwix_serve_suggests_titles_with_and_without_the_bar_of_d(kiwix: str, words: str) -> None:
    found = fetch(f"{kiwix}/suggest?content=samples&term={quote(words)}").decode()
    assert "works/" in found


def test_zimcheck_passes(tmp_path: Path) -> None:
    assert OLD_LIBZIM.is_dir(), "script/setup installs the libzim that zimcheck can judge"
    path = build(tmp_path / "samples.zim", libzim=OLD_LIBZIM)
    done = subprocess.run(["zimcheck", str(path)], capture_output=True, text=True, check=False)
    assert "Overall Test Status: Pass" in done.stdout, done.stdout
