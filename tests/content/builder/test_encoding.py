"""Old Vietnamese text is read in the encoding it was typed in, and no bytes ever fail."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.builder.encoding import decode, repaired
from tests.content.builder.old_encodings import tcvn3, vni, windows_1258
from tests.content.syllables import syllables

TEXT = "Ngày xưa ở bản Nà Mẫu, Điện Biên có một cây đa to. Nước lũ về, trẻ em đừng ra suối.\n" * 3


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (unicodedata.normalize("NFD", TEXT).encode(), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16"),
        (TEXT.encode("utf-16-be"), "utf-16"),
        (windows_1258(TEXT), "windows-1258"),
    ],
)
def test_reads_what_was_written(data: bytes, encoding: str) -> None:
    found = decode(data)
    assert (found.encoding, found.text, found.confident) == (encoding, TEXT, True)


def test_reads_tcvn3() -> None:
    found = decode(tcvn3(TEXT))
    assert found.encoding == "tcvn3"
    assert found.text == TEXT.lower()


def test_reads_vni() -> None:
    # As VNI fonts typed it; each byte is a letter of Windows-1252.
    typed = "Ñieän Bieân coù moät caây ña to, nöôùc luõ veà, treû em ñöøng ra suoái"
    found = decode(typed.encode("cp1252"))
    assert found.encoding == "vni"
    assert found.text == "Điện Biên có một cây đa to, nước lũ về, trẻ em đừng ra suối"


@pytest.mark.parametrize(
    ("encode", "encoding"), [(tcvn3, "tcvn3"), (vni, "vni"), (windows_1258, "windows-1258")]
)
def test_every_syllable_is_read_as_it_was_written(
    encode: Callable[[str], bytes], encoding: str
) -> None:
    every = syllables()
    # In the order of a text, not of a dictionary: marks of all kinds in every line.
    mixed = [every[place * 7919 % len(every)] for place in range(len(every))]
    for start in range(0, len(mixed), 500):
        text = " ".join(mixed[start : start + 500])
        found = decode(encode(text))
        assert (found.encoding, found.text) == (encoding, text)
        assert encode(found.text) == encode(text)
        font = {"tcvn3": "latin-1", "vni": "cp1252"}.get(encoding)
        if font:
            assert repaired(encode(text).decode(font)) == (text, encoding.upper())


def test_french_is_not_taken_for_vietnamese() -> None:
    found = decode("élève où garçon déjà naïveté français".encode("latin-1"))
    assert found.encoding == "latin-1"
    assert not found.confident


@given(st.binary(max_size=400))
def test_any_bytes_give_composed_text(data: bytes) -> None:
    text = decode(data).text
    assert unicodedata.is_normalized("NFC", text)
    assert "\0" not in text


def test_one_broken_letter_does_not_make_a_text_old() -> None:
    found = decode(TEXT.encode()[:-30] + b"\xff cu\xe1\xbb")
    assert (found.encoding, found.confident) == ("utf-8", False)
    assert found.text.startswith(TEXT[:100])


def test_a_stray_zero_byte_does_not_make_a_text_wide() -> None:
    found = decode(b"\0" + TEXT.encode())
    assert (found.encoding, found.text) == ("utf-8", TEXT)


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16"])
def test_a_mark_at_the_beginning_is_believed(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)).text == TEXT


def test_a_named_encoding_is_used_where_the_text_is_not_vietnamese() -> None:
    page = '<meta charset="windows-1251"><p>Привет, мир</p>'
    found = decode(page.encode("cp1251"))
    assert (found.text, found.encoding, found.confident) == (page, "windows-1251", True)
    # Old Vietnamese pages named the encoding of their editor, not of their font.
    named = b'<meta charset="iso-8859-1"><p>' + tcvn3(TEXT)
    assert decode(named).encoding == "tcvn3"


@pytest.mark.parametrize("name", ["utf-8", "hex", "zip", "idna", "undefined", "x" * 30])
def test_a_name_that_means_nothing_does_no_harm(name: str) -> None:
    found = decode(f'<meta charset="{name}"><p>'.encode() + "café naïve".encode("latin-1"))
    assert found.text.endswith("café naïve")
    assert not found.confident


def test_text_in_an_old_font_kept_as_unicode_is_repaired() -> None:
    shown = tcvn3(TEXT).decode("latin-1")
    assert repaired(shown) == (TEXT.lower(), "TCVN3")
    assert repaired(TEXT) == (TEXT, "")
    french = "Voilà l'élève français à l'école où l'été était déjà là; même Noël. " * 3
    assert repaired(french) == (french, "")
    assert repaired("") == ("", "")
