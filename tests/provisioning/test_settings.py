"""A wrong setting is told with its line and what to write; nothing else of the file is believed."""

from pathlib import Path

import pytest

from provisioning.errors import MachineSettingsError
from provisioning.models import MODELS, detect_model
from provisioning.settings import AccessPoint, MachineSettings, load_settings, parse_settings


def problems(text: str) -> list[str]:
    with pytest.raises(MachineSettingsError) as caught:
        parse_settings(text)
    return caught.value.problems


def test_an_empty_file_is_a_point_that_works_at_once() -> None:
    settings = parse_settings("")
    assert settings == MachineSettings()
    assert (settings.phones_interface, settings.access_point.password) == ("wlan0", "")


def test_reads_what_is_set_and_keeps_the_rest() -> None:
    settings = parse_settings(
        '[machine]\nmodel = "pi3b+"\n[access_point]\nkind = "external"\nssid = "Mường Mẫu"\n'
        '[kiosk]\nhost = "sach.lan"\npoint_name = "x"\n[sync]\nrate_kb = 3\n'
    )
    assert settings.model is MODELS["pi3b+"]
    assert (settings.phones_interface, settings.max_phones) == ("eth0", 250)
    assert (settings.host, settings.content_host) == ("sach.lan", "diemdoc-sach.lan")


@pytest.mark.parametrize(
    ("bytes_long", "is_good"), [(31, True), (32, True), (33, False)], ids=["below", "at", "above"]
)
def test_an_ssid_is_at_most_32_bytes_of_utf_8(bytes_long: int, is_good: bool) -> None:
    name = "ộ" * (bytes_long // 3) + "a" * (bytes_long % 3)
    assert len(name.encode()) == bytes_long
    text = f'[access_point]\nssid = "{name}"\n'
    if is_good:
        assert parse_settings(text).access_point.ssid == name
    else:
        (told,) = problems(text)
        assert told.startswith("diemdoc.toml, line 2: [access_point] ssid is 33 bytes long")
        assert "choose a shorter name" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[machine]\n\nmodel = "pi9"', "line 3: [machine] model must be one of: auto"),
        ("[machine]\nmodle = 1", "line 2: [machine] modle is no setting; did you mean 'model'?"),
        ("[storag]\n", "line 1: [storag] is no table of ours; did you mean 'storage'?"),
        ("machine = 3", "line 1: [machine] must be a table"),
        ('[machine]\nhostname = "Điểm"', "[machine] hostname is"),
        ('[machine]\ntimezone = "Asia/Hanoi"', "[machine] timezone is 'Asia/Hanoi'"),
        ('[access_point]\ncountry = "US"', 'write "VN"'),
        ("[access_point]\nchannel = 12", "line 2: [access_point] channel is 12; write 1 to 11"),
        ("[access_point]\nchannel = true", "channel must be a whole number"),
        ('[access_point]\npassword = "1234567"', "has 7 characters; 8 to 63"),
        (f'[access_point]\npassword = "{"x" * 64}"', "has 64 characters; 8 to 63"),
        ('[access_point]\npassword = "mật khẩu ở đây"', "without accents"),
        ('[access_point]\npassword = "abcdefgh\\nwpa=0"', "must be letters"),
        ('[access_point]\nssid = "a\\nb"', "cannot be seen"),
        ('[access_point]\ninterface = "../x"', "an interface such as wlan0"),
        ("[access_point]\nmax_phones = 251", "must be 0 to 250"),
        ('[storage]\ndata_label = "Đĩa"', "at most 16 letters without accents"),
        ('[storage]\nstick_filesystems = ["ext4"]', "names ext4; only these are read"),
        ('[storage]\nstick_filesystems = "vfat"', "must be a list of texts"),
        ("[display]\nrotate = 45", "must be one of: 0, 90, 180, 270"),
        ("[display]\nenabled = 1", "must be true or false"),
        ('[kiosk]\nhost = "a b"', "line 2: [kiosk] host is 'a b'"),
        ('[kiosk]\ncontent_host = "x.diemdoc.lan"', "must not be diemdoc.lan or a name below"),
        ('[uplink]\nwifi_password = "abcdefgh"', "without wifi_ssid"),
        ("[machine", "is not valid TOML"),
    ],
)
def test_says_what_is_wrong_where_and_what_to_write(text: str, words: str) -> None:
    (told,) = problems(text)
    assert words in told


def test_tells_every_problem_at_once() -> None:
    assert len(problems('[machine]\nmodel = "x"\n[access_point]\nchannel = 99\nssd = "y"\n')) == 3


def test_phones_and_uplink_cannot_share_a_radio() -> None:
    text = '[uplink]\nwifi_ssid = "UBND xã"\nwifi_interface = "wlan0"\n'
    assert "line 3: [uplink] wifi_interface is 'wlan0', which phones use" in problems(text)[0]
    assert parse_settings(text + '[access_point]\nkind = "external"\n').phones_interface == "eth0"


def test_a_file_saved_by_an_editor_of_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "diemdoc.toml"
    path.write_bytes(b"\xef\xbb\xbf[access_point]\r\nchannel = 11\r\n")
    assert load_settings(path).access_point == AccessPoint(channel=11)
    path.write_bytes(b"[access_point]\nssid = '\xd0i\xea'\n")
    with pytest.raises(MachineSettingsError, match="is not valid TOML"):
        load_settings(path)


@pytest.mark.parametrize(
    ("board", "model"),
    [
        ("Raspberry Pi 3 Model B Plus Rev 1.3", "pi3b+"),
        ("Raspberry Pi 4 Model B Rev 1.5", "pi4"),
        ("Raspberry Pi 5 Model B Rev 1.0", "pi5"),
        ("Some Other Board", "pc"),
    ],
)
def test_the_board_tells_the_model(tmp_path: Path, board: str, model: str) -> None:
    assert detect_model(tmp_path) == "pc"
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_bytes(board.encode() + b"\0")
    assert detect_model(tmp_path) == model
