"""A folder of documents becomes a list of works; each doubt is told with place and remedy."""

import unicodedata
from pathlib import Path

import pytest

from content.builder.recipe import identifier_from, load_recipe
from content.errors import RecipeError
from content.terms import Audience, Form


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def catalogue(folder: Path, *lines: str) -> None:
    (folder / "catalog.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_catalogue_rows_become_works(tmp_path: Path) -> None:
    write(tmp_path, "a.epub", "b/1.mp3", "b/2.mp3", "a.jpg")
    catalogue(
        tmp_path,
        "dc:identifier,dc:type,dc:title,dc:creator,audience,files,cover",
        "A,ebook,Một,Lan; Huệ,thiếu nhi,a.epub,a.jpg",
        "B,sách nói,Hai,,,b/1.mp3|b/2.mp3,",
    )
    recipe = load_recipe(tmp_path)
    first, second = recipe.items
    assert recipe.problems == ()
    assert first.record.creator == ("Lan", "Huệ")
    assert first.record.audience == Audience.CHILDREN
    assert first.cover == tmp_path / "a.jpg"
    assert second.record.form == Form.AUDIOBOOK
    assert [one.name for one in second.files] == ["1.mp3", "2.mp3"]


def test_a_missing_file_is_named_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "a.epub")
    catalogue(tmp_path, "id,title,files", "A,Một,a.epub", "B,Hai,nope.epub")
    recipe = load_recipe(tmp_path)
    assert [item.record.identifier for item in recipe.items] == ["A"]
    (problem,) = recipe.problems
    assert problem.fatal
    assert "line 3" in problem.file
    assert "nope.epub" in problem.reason
    assert problem.remedy


@pytest.mark.parametrize("name", ["../secret.epub", "/etc/passwd", "link.epub"])
def test_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "collection"
    folder.mkdir()
    write(tmp_path, "secret.epub")
    (folder / "link.epub").symlink_to(tmp_path / "secret.epub")
    catalogue(folder, "id,title,files", f"A,Một,{name}")
    recipe = load_recipe(folder)
    assert recipe.items == ()
    assert "outside" in recipe.problems[0].reason


def test_finds_a_decomposed_name_by_its_composed_one(tmp_path: Path) -> None:
    name = "Phần một.epub"
    write(tmp_path, unicodedata.normalize("NFD", name))
    catalogue(tmp_path, "id,title,files", f"A,Một,{unicodedata.normalize('NFC', name)}")
    assert len(load_recipe(tmp_path).items) == 1


def test_the_same_identifier_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.epub", "b.epub")
    catalogue(tmp_path, "id,title,files", "A,Một,a.epub", "a,Hai,b.epub")
    recipe = load_recipe(tmp_path)
    assert len(recipe.items) == 1
    assert "twice" in recipe.problems[0].reason


def test_a_type_that_does_not_suit_the_file_is_corrected(tmp_path: Path) -> None:
    write(tmp_path, "a.mp3")
    catalogue(tmp_path, "id,type,title,files", "A,ebook,Một,a.mp3")
    recipe = load_recipe(tmp_path)
    assert recipe.items[0].record.form == Form.AUDIOBOOK
    assert "does not suit" in recipe.problems[0].reason


def test_without_a_catalogue_each_file_is_a_work(tmp_path: Path) -> None:
    write(tmp_path, "Truyện Kiều.epub", "Truyện Kiều.jpg", "nghe/1.mp3", "nghe/2.mp3", ".x/y.pdf")
    recipe = load_recipe(tmp_path)
    works = {item.record.identifier: item for item in recipe.items}
    assert set(works) == {"truyen-kieu-" + identifier_from("Truyện Kiều")[-6:], "nghe"}
    assert len(works["nghe"].files) == 2
    assert next(item for item in recipe.items if item.source == "epub").cover is not None


def test_identifiers_are_safe_and_stable() -> None:
    assert identifier_from("gia-huan-ca") == "gia-huan-ca"
    assert identifier_from("Điện Biên") == identifier_from(
        unicodedata.normalize("NFD", "Điện Biên")
    )
    assert identifier_from("Điện Biên") != identifier_from("Diên Biên")
    assert identifier_from("ᨠᨱᩅ").startswith("w-")
    assert len(identifier_from("x" * 4000)) <= 80


def test_settings_of_the_archive_are_read_and_checked(tmp_path: Path) -> None:
    write(tmp_path, "a.epub")
    (tmp_path / "collection.toml").write_text('title = "Tủ sách"\n', encoding="utf-8")
    assert load_recipe(tmp_path).settings.title == "Tủ sách"
    (tmp_path / "collection.toml").write_text('titel = "x"\n', encoding="utf-8")
    with pytest.raises(RecipeError, match="titel"):
        load_recipe(tmp_path)


def test_an_empty_folder_says_what_can_be_built(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"\.epub"):
        load_recipe(tmp_path)


def test_the_real_collection_has_forty_works_and_no_problem(collection: Path) -> None:
    recipe = load_recipe(collection)
    assert len(recipe.items) == 40
    assert [one for one in recipe.problems if one.fatal] == []
