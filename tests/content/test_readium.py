"""A listening app finds every file, chapter and cover of an audiobook by its manifest."""

import json
from dataclasses import replace

import pytest

from content.readium import AUDIOBOOK_PROFILE, audiobook_manifest
from content.terms import Form, Part, PartKind, Picture, Record, Sound
from tests.schemas import validator

PUBLICATION = "https://readium.org/webpub-manifest/schema/publication.schema.json"

FOLDER = "works/kieu"


def track(title: str, duration_s: float, *sounds: Sound) -> Part:
    return Part(
        PartKind.TRACK, f"{FOLDER}/0001.html", title, duration_s=duration_s, sounds=tuple(sounds)
    )


def one_file(start_s: float, end_s: float | None) -> tuple[Sound, Sound]:
    return (
        Sound(f"{FOLDER}/audio/01.m4b", "audio/mp4", 6_000_000, start_s, end_s, 48),
        Sound(f"{FOLDER}/audio/01-low.mp3", "audio/mpeg", 3_000_000, start_s, end_s, 24),
    )


KIEU = Record(
    identifier="kieu",
    title="Truyện Kiều",
    form=Form.AUDIOBOOK,
    creator=("Nguyễn Du",),
    contributor=("Chị Mai", "Anh Ba (biên tập)"),
    date="1820",
    language=("vi",),
    subject=("Thơ",),
    description="Đoạn trường tân thanh.",
    publisher="Thư viện tỉnh",
    collection="Sách nói",
    path=f"{FOLDER}/index.html",
    covers=(Picture(f"{FOLDER}/cover-160.jpg", 160, 240, "image/jpeg"),),
    parts=(
        track("Hồi 1", 174.135, *one_file(0.0, 174.135)),
        track("Hồi 2", 172.47, *one_file(174.135, 346.605)),
        track("Hồi 3", 173.4, *one_file(346.605, None)),
    ),
    accessibility=("auditory", "tableOfContents", "somethingElse"),
    duration_s=520.005,
)

ALBUM = replace(
    KIEU,
    identifier="ca",
    parts=tuple(
        track(f"Phần {n}", 60.0, Sound(f"{FOLDER}/audio/0{n}.mp3", "audio/mpeg", 1000))
        for n in (1, 2)
    ),
)
BARE = Record("x", "Không tên", Form.AUDIOBOOK, path="works/x/index.html")


def test_chapters_of_one_file_are_one_link_to_hear_and_many_to_find() -> None:
    manifest = audiobook_manifest(KIEU)
    (link,) = manifest["readingOrder"]
    assert link["href"] == "audio/01.m4b"
    assert link["duration"] == pytest.approx(520.005)
    assert (link["bitrate"], link["size"]) == (48, 6_000_000)
    assert [one["href"] for one in link["alternate"]] == ["audio/01-low.mp3"]
    assert [(one["title"], one["href"]) for one in manifest["toc"]] == [
        ("Hồi 1", "audio/01.m4b"),
        ("Hồi 2", "audio/01.m4b#t=174.135"),
        ("Hồi 3", "audio/01.m4b#t=346.605"),
    ]


def test_each_file_of_an_album_is_a_link_with_its_title() -> None:
    manifest = audiobook_manifest(ALBUM)
    said = [(one["href"], one["title"], one["duration"]) for one in manifest["readingOrder"]]
    assert said == [("audio/01.mp3", "Phần 1", 60.0), ("audio/02.mp3", "Phần 2", 60.0)]
    assert "alternate" not in manifest["readingOrder"][0]


def test_people_have_their_roles() -> None:
    said = audiobook_manifest(KIEU)["metadata"]
    assert said["author"] == ["Nguyễn Du"]
    assert said["narrator"] == ["Chị Mai"]
    assert said["contributor"] == ["Anh Ba (biên tập)"]


def test_the_rest_is_said_in_the_words_of_the_standard() -> None:
    manifest = audiobook_manifest(KIEU)
    said = manifest["metadata"]
    assert said["conformsTo"] == AUDIOBOOK_PROFILE
    assert said["language"] == ["vi"]
    assert said["accessibility"] == {"accessMode": ["auditory"], "feature": ["tableOfContents"]}
    assert "published" not in said  # a year is no date there
    assert audiobook_manifest(replace(KIEU, date="2026-11-24"))["metadata"]["published"]
    (cover,) = manifest["resources"]
    assert (cover["rel"], cover["href"]) == ("cover", "cover-160.jpg")


def test_what_is_not_known_is_not_said() -> None:
    said = audiobook_manifest(BARE)
    assert set(said["metadata"]) == {"@type", "conformsTo", "identifier", "title"}
    assert said["readingOrder"] == []
    assert "resources" not in said


def test_the_name_of_a_work_stays_the_same_and_is_its_own() -> None:
    names = [audiobook_manifest(one)["metadata"]["identifier"] for one in (KIEU, KIEU, ALBUM)]
    assert names[0] == names[1] != names[2]
    assert names[0].startswith("urn:uuid:")


def test_addresses_count_from_the_work_and_are_escaped() -> None:
    odd = Sound("shared/a b%#.mp3", "audio/mpeg")
    manifest = audiobook_manifest(replace(KIEU, parts=(track("", 1.0, odd),)))
    assert manifest["readingOrder"][0]["href"] == "../../shared/a%20b%25%23.mp3"
    assert manifest["toc"][0]["title"] == "Truyện Kiều"


@pytest.mark.parametrize(
    "record", [KIEU, ALBUM, BARE, replace(KIEU, language=("not a tag", "vi-VN"))]
)
def test_it_keeps_the_public_schema(record: Record) -> None:
    manifest = json.loads(json.dumps(audiobook_manifest(record)))
    errors = [one.message for one in validator(PUBLICATION).iter_errors(manifest)]
    assert not errors


def test_the_schema_refuses_what_is_wrong() -> None:
    """The check above can fail."""
    manifest = audiobook_manifest(KIEU)
    del manifest["readingOrder"][0]["type"]
    manifest["metadata"]["duration"] = 0
    manifest["metadata"]["language"] = ["not a tag"]
    assert len(list(validator(PUBLICATION).iter_errors(manifest))) == 3
