"""A browser that opened /touch/ is the touch screen, says that it draws, and staff let it go."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.errors import ConfigError
from kiosk.app import create_app
from kiosk.config import KioskConfig, load_config
from tests.kiosk.test_pages import OURS

ROOT = Path(__file__).resolve().parents[2]
POLICY = ROOT / "provisioning" / "display" / "chromium-policy.json"


def test_every_page_is_the_touch_screens_until_staff_leave(client: FlaskClient) -> None:
    assert "on-phone" in client.get("/").text
    start = client.get("/touch/")
    assert "Chạm vào màn hình" in start.text
    cookie = start.headers["Set-Cookie"]
    assert "Max-Age" not in cookie
    assert "HttpOnly" in cookie
    for address in ("/", "/read/nai-va-giot-suong/1", "/search?q=suong", "/nope"):
        page = client.get(address).text
        assert "on-touch" in page
        assert "data-touch-warning" in page
        assert "keyboard.js" in page
    client.get("/touch/leave")
    page = client.get("/").text
    assert "on-phone" in page
    assert "keyboard.js" not in page


def test_the_start_shows_posters_and_new_works(client: FlaskClient) -> None:
    page = client.get("/touch/").text
    assert "ap-phich-doc-sach/img" in page
    assert "Con nai và giọt sương" in page


def test_an_empty_library_or_a_lost_disk_still_has_a_start(
    empty: FlaskClient, library_root: Path, tmp_path: Path
) -> None:
    assert empty.get("/touch/").status_code == 200
    root = tmp_path / "library"
    root.mkdir()
    (root / "generations").symlink_to(library_root / "generations")
    (root / "current").write_bytes((library_root / "current").read_bytes())
    assert create_app(KioskConfig(library=root)).test_client().get("/touch/").status_code == 200


def test_a_code_is_shown_only_when_phones_can_open_what_it_says(
    client: FlaskClient, library_root: Path
) -> None:
    # This machine knows itself as localhost; phones do not.
    assert "qr.svg" not in client.get("/touch/").text
    assert "qr.svg" not in client.get("/record/oresol").text
    config = KioskConfig(library=library_root, host="diemdoc.lan", content_host="sach.lan")
    named = create_app(config).test_client()
    assert "diemdoc.lan" in named.get("/touch/").text
    assert "qr.svg" in named.get("/record/oresol").text


def test_times_of_the_settings_reach_the_page(library_root: Path) -> None:
    config = KioskConfig(library=library_root, touch_idle_s=120, touch_listening_s=600)
    page = create_app(config).test_client().get("/touch/").text
    assert 'data-idle="120" data-listening="600"' in page


@pytest.mark.parametrize("name", ["touch_idle_s", "touch_listening_s"])
def test_a_warning_needs_its_time(tmp_path: Path, name: str) -> None:
    file = tmp_path / "diemdoc.toml"
    file.write_text(f"[kiosk]\n{name} = 29\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="30 or more"):
        load_config(file)
    file.write_text(f"[kiosk]\n{name} = 30\n", encoding="utf-8")
    assert getattr(load_config(file), name) == 30


def test_a_sign_of_life_is_heard_and_its_end_noticed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/touch/alive").status_code == 503
    assert client.post("/touch/alive", headers=OURS).status_code == 204
    told = client.get("/touch/alive")
    assert told.status_code == 200
    assert told.json is not None
    assert told.json["age_s"] < 5
    monkeypatch.setattr("kiosk.views.touch.ALIVE_WITHIN_S", -1)
    assert client.get("/touch/alive").status_code == 503


def test_only_the_screen_of_this_machine_gives_a_sign(client: FlaskClient) -> None:
    far = {"REMOTE_ADDR": "192.168.4.23"}
    answer = client.post("/touch/alive", headers=OURS, environ_overrides=far)
    assert answer.status_code == 403
    assert client.post("/touch/alive").status_code == 403  # no page of ours asked
    assert client.get("/touch/alive").status_code == 503


def test_processes_share_a_sign_of_life_by_a_file(library_root: Path, tmp_path: Path) -> None:
    file = tmp_path / "alive"
    config = KioskConfig(library=library_root, touch_alive_file=str(file))
    one, other = (create_app(config).test_client() for _ in range(2))
    assert other.get("/touch/alive").status_code == 503
    assert one.post("/touch/alive", headers=OURS).status_code == 204
    assert other.get("/touch/alive").status_code == 200


def test_the_policy_leaves_no_way_out() -> None:
    policy = json.loads(POLICY.read_text(encoding="utf-8"))
    assert policy["URLBlocklist"] == ["*", "localhost/staff/first"]
    assert policy["URLAllowlist"] == ["localhost", "about:blank"]
    off = ("PrintingEnabled", "AllowFileSelectionDialogs", "PasswordManagerEnabled")
    assert not any(policy[name] for name in off)
    assert policy["DownloadRestrictions"] == 3
