"""A phone's camera reads both codes of the poster, and everything on it fits the paper."""

import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.poster import SIZES, Poster, poster_pdf, poster_svg
from kiosk.ui.locales import load_catalogue

VIETNAMESE = load_catalogue("vi").gettext
ONE = Poster("Điểm đọc Mường Mẫu", "http://diemdoc.lan/", 'Điểm Đọc; "A"', contact="chị Lan")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(one: Poster, size: str = "a4") -> ET.Element:
    return ET.fromstring(poster_svg(one, size, VIETNAMESE))


@pytest.mark.parametrize("size", list(SIZES))
def test_it_is_of_its_paper_and_says_what_to_do(size: str) -> None:
    root = drawn(ONE, size)
    width, height = SIZES[size]
    assert (root.get("width"), root.get("height")) == (f"{width}mm", f"{height}mm")
    words = " ".join(root.itertext())
    for one in ("Mường Mẫu", "1. Vào Wi-Fi", "2. Mở thư viện", "diemdoc.lan", "chị Lan"):
        assert one in words
    assert len(root.findall(f"{SVG}svg")) == 2


def test_without_a_wifi_only_the_library_is_shown() -> None:
    root = drawn(Poster("A", "http://10.0.0.1:8080/"))
    assert len(root.findall(f"{SVG}svg")) == 1
    assert "Wi-Fi" not in " ".join(root.itertext())


def test_a_password_is_written_out_for_phones_without_a_camera() -> None:
    assert "Mật khẩu: sach hay" in " ".join(
        drawn(Poster("A", "http://x/", "W", "sach hay")).itertext()
    )


@pytest.mark.parametrize(
    "name",
    [
        "A",
        "<script>&\"'",
        "Điểm đọc cộng đồng bản Nậm Sảo 1 xã Pa Vệ Sủ, nhà văn hóa bản, cạnh trường tiểu học",
        "x" * 120,
    ],
)
def test_any_name_is_whole_and_within_the_paper(name: str) -> None:
    root = drawn(Poster(name, "http://x/", name[:32]))
    texts = root.findall(f"{SVG}text")
    assert "".join("".join(one.text or "" for one in texts).split()).startswith(
        "".join(name.split())
    )
    for one in texts:
        size, x = float(one.get("font-size", "0")), float(one.get("x", "0"))
        half = len(one.text or "") * size * 0.7 / 2
        assert x - half > 2
        assert x + half < 208


def test_the_command_writes_it_and_refuses_another_form(tmp_path: Path) -> None:
    out = tmp_path / "poster.svg"
    options = ["--name", "Pa Ủ", "--ssid", "Điểm Đọc", "--address", "http://diemdoc.lan/"]
    for _ in range(2):
        assert CliRunner().invoke(cli, ["poster", "-o", str(out), *options]).exit_code == 0
    assert "Pa Ủ" in out.read_text("utf-8")
    assert CliRunner().invoke(cli, ["poster", "-o", str(tmp_path / "x.png")]).exit_code == 2


@pytest.mark.browser
def test_the_pdf_is_one_page_of_its_size_and_its_codes_are_read(tmp_path: Path) -> None:
    data = poster_pdf(ONE, "a5", VIETNAMESE)
    assert re.findall(rb"/Count (\d+)", data) == [b"1"]
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box is not None
    assert [round(float(one) / 72 * 25.4) for one in box.groups()] == [148, 210]
    (tmp_path / "poster.pdf").write_bytes(data)
    # 60 dots an inch: as blurred as a poor camera from two steps away.
    for command in (
        ["pdftoppm", "-png", "-r", "60", "-singlefile", "poster.pdf", "poster"],
        ["zbarimg", "--quiet", "--raw", "poster.png"],
    ):
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    read = set(done.stdout.splitlines())
    assert read == {'WIFI:T:nopass;S:Điểm Đọc\\; \\"A\\";;', "http://diemdoc.lan/"}
