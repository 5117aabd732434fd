"""A speaker fills in a table, and the pages speak their language; no table can break the pages."""

import csv
import io
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from content.errors import ConfigError
from kiosk.app import create_app
from kiosk.cli import cli
from kiosk.config import KioskConfig, load_config
from kiosk.languages import LanguageError, added, read_sheet, write_sheet
from kiosk.ui.formats import format_size, known_locale
from kiosk.ui.languages import own_name
from tests.kiosk.test_pages import OURS, PAGES

# A test catalogue: every Vietnamese sentence with its consonants as Tai Viet letters, values kept.
CONSONANTS = dict(zip("bcdđghklmnpqrstvx", "ꪚꪀꪒꪔꪉꪬꪄꪩꪣꪙꪜꪁꪫꪎꪕꪥꪖ", strict=True))


def tai_viet(words: str) -> str:
    """Return words as a Tai Viet text, their `%(name)s` kept."""
    parts = re.split(r"(%\(\w+\)s)", words)
    return "".join(
        one if one.startswith("%(") else "".join(CONSONANTS.get(x, x) for x in one.lower())
        for one in parts
    )


def filled(tag: str = "blt", *, only: int | None = None) -> bytes:
    rows = list(csv.reader(io.StringIO(write_sheet(tag).decode("utf-8-sig"))))
    for row in rows[1:][:only]:
        row[2] = tai_viet(row[1])
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of languages with a whole one, added as staff do."""
    table = tmp_path / "thai.csv"
    table.write_bytes(filled())
    result = CliRunner().invoke(
        cli, ["language", "add", str(table), "--folder", str(tmp_path / "languages")]
    )
    assert result.exit_code == 0, result.output
    return tmp_path / "languages"


@pytest.fixture
def speaker(folder: Path, library_root: Path) -> FlaskClient:
    config = KioskConfig(library=library_root, languages=str(folder))
    client = create_app(config).test_client()
    client.post("/display/locale/blt", headers=OURS)
    return client


@pytest.mark.parametrize("address", PAGES)
def test_every_page_speaks_the_added_language(speaker: FlaskClient, address: str) -> None:
    page = speaker.get(address)
    assert page.status_code == 200
    assert '<html lang="blt"' in page.text
    assert re.search(r"[\uaa80-\uaadf]", page.text)
    # Not one sentence is left in Vietnamese on the frame of the page.
    assert "Trang chủ" not in page.text


def test_a_language_begun_is_shown_in_vietnamese_where_it_is_silent(
    tmp_path: Path, library_root: Path
) -> None:
    table = tmp_path / "hni.csv"
    rows = filled("hni", only=3)
    table.write_bytes(rows)
    arguments = ["language", "add", str(table), "--folder", str(tmp_path)]
    assert "3 of" in CliRunner().invoke(cli, arguments).output
    client = create_app(KioskConfig(library=library_root, languages=str(tmp_path))).test_client()
    client.post("/display/locale/hni", headers=OURS)
    assert "Trang chủ" in client.get("/").text
    assert "Haqniq (Hà Nhì)" in client.get("/display").text


def test_the_table_knows_what_was_written_before(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "again.csv"
    arguments = ["language", "sheet", "blt", "-o", str(out), "--folder", str(folder)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    tag, words = read_sheet(out.read_bytes())
    assert tag == "blt"
    assert words == read_sheet(filled())[1]
    (found,) = added(str(folder))
    assert found.written == found.total == len(words)


def test_a_spreadsheet_of_this_country_writes_semicolons() -> None:
    text = filled(only=5).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    assert read_sheet(out.getvalue().encode()) == read_sheet(filled(only=5))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "first line must be"),
        (b"a,b,c\n", "first line must be"),
        (b"\xff\xfe\x00", "CSV in UTF-8"),
        ("English,Tiếng Việt,vi\n".encode(), "built in"),
        ("English,Tiếng Việt,../x\n".encode(), "no tag"),
        ("English,Tiếng Việt,blt\n%(num)s page,x,y\n".encode(), "line 2: %(num)s"),
        ("English,Tiếng Việt,blt\nHome,x,%(evil)s\n".encode(), "line 2: %(evil)s"),
        (b"x" * 3_000_000, "larger than"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(data: bytes, words: str) -> None:
    with pytest.raises(LanguageError, match=re.escape(words)):
        read_sheet(data)


def test_what_is_refused_leaves_the_language_as_it_was(folder: Path, tmp_path: Path) -> None:
    before = (folder / "blt.po").read_bytes()
    for text in ("English,Tiếng Việt,blt\n", "English,Tiếng Việt,blt\nUnknown sentence,x,y\n"):
        (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
        result = CliRunner().invoke(
            cli, ["language", "add", str(tmp_path / "bad.csv"), "--folder", str(folder)]
        )
        assert isinstance(result.exception, LanguageError)
        assert (folder / "blt.po").read_bytes() == before
    (tmp_path / "good.csv").write_bytes(filled(only=2))
    arguments = ["language", "add", str(tmp_path / "good.csv"), "--folder", str(folder)]
    assert CliRunner().invoke(cli, [*arguments, "--dry-run"]).exit_code == 0
    assert (folder / "blt.po").read_bytes() == before
    # Twice is as good as once.
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    once = (folder / "blt.po").read_bytes()
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert (folder / "blt.po").read_bytes() == once != before


def test_a_catalogue_that_is_none_leaves_the_pages_as_they_are(
    folder: Path, library_root: Path
) -> None:
    (folder / "hmn.po").write_bytes(b"\xff\xffnonsense")
    (folder / "vi.po").write_bytes(b"")
    (folder / "Nonsense name.po").write_bytes(b"")
    client = create_app(KioskConfig(library=library_root, languages=str(folder))).test_client()
    page = client.get("/display").text
    assert "/display/locale/blt" in page
    assert "/display/locale/hmn" not in page
    assert client.post("/display/locale/hmn", headers=OURS).status_code == 404
    shutil.rmtree(folder)
    client = create_app(KioskConfig(library=library_root, languages=str(folder))).test_client()
    assert client.get("/").status_code == 200


def test_an_added_language_can_be_the_points_own(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "diemdoc.toml"
    file.write_text(f'[kiosk]\nlocale = "blt"\nlanguages = "{folder}"\n', encoding="utf-8")
    assert load_config(file).locale == "blt"
    file.write_text(f'[kiosk]\nlocale = "hmn"\nlanguages = "{folder}"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="diemdoc language list"):
        load_config(file)


def test_numbers_of_a_language_without_rules_are_vietnams() -> None:
    assert known_locale("hni") == "vi"
    assert format_size(1_500_000, "hni") == format_size(1_500_000, "vi")
    assert own_name("vi") == "Tiếng Việt"
    assert own_name("nonsense tag") == "nonsense tag"
