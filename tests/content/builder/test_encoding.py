"""Old Vietnamese text is read in the encoding it was typed in, and no bytes ever fail."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.builder.encoding import decode
from tests.content.builder.old_encodings import tcvn3, windows_1258

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


def test_french_is_not_taken_for_vietnamese() -> None:
    found = decode("élève où garçon déjà naïveté français".encode("latin-1"))
    assert found.encoding == "latin-1"
    assert not found.confident


@given(st.binary(max_size=400))
def test_any_bytes_give_composed_text(data: bytes) -> None:
    text = decode(data).text
    assert unicodedata.is_normalized("NFC", text)
    assert "\0" not in text
