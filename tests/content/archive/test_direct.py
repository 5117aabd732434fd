"""Where an item lies is told rightly or not at all, whatever the file holds."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from libzim.reader import Archive

from content.archive.direct import DirectAccess
from content.builder.zim_item import EntryItem
from tests.content.zim_maker import HTML, make_archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    extra = [
        EntryItem(f"s/{number}.mp3", "audio/mpeg", os.urandom(number * 97)) for number in range(60)
    ]
    extra += [EntryItem(f"p/{number}.html", HTML, "<p>x</p>" * number) for number in range(60)]
    return make_archive(tmp_path_factory.mktemp("direct") / "a.zim", extra=extra)


def test_every_uncompressed_item_is_where_it_is_said_to_be(archive: Path) -> None:
    source, direct = Archive(archive), DirectAccess(archive)
    found = 0
    for index in range(source.all_entry_count):
        entry = source._get_entry_by_id(index)
        if entry.is_redirect:
            assert direct.span(index, 0) is None
            continue
        content = bytes(entry.get_item().content)
        span = direct.span(index, len(content))
        if span is not None:
            found += 1
            assert os.pread(direct.descriptor, span.length, span.offset) == content
        if str(entry.path).startswith(("s/", "p/")):
            assert (span is None) == str(entry.path).startswith("p/")
    assert found >= 60


def test_a_length_that_libzim_does_not_confirm_is_not_believed(archive: Path) -> None:
    source, direct = Archive(archive), DirectAccess(archive)
    index = source.get_entry_by_path("s/9.mp3")._index
    assert direct.span(index, 9 * 97) is not None
    assert direct.span(index, 9 * 97 + 1) is None
    for index in (-1, 10**9):
        assert direct.span(index, 1) is None


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=40))
def test_a_span_never_leaves_the_file(
    archive: Path, tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(archive.read_bytes())
    for place, value in changes:
        # Half of the damage goes to the header, which leads to everything.
        data[place % 80 if place % 2 else place % len(data)] = value
    path = tmp_path / "damaged.zim"
    path.write_bytes(data)
    direct = DirectAccess(path)
    for index in range(0, 130, 7):
        for size in (0, 97 * 9, 2**40):
            span = direct.span(index, size)
            if span is not None:
                assert 0 <= span.offset <= span.offset + span.length <= len(data)
                assert span.length == size


@pytest.mark.parametrize("content", [b"", b"ZIM", b"x" * 80, b"ZIM\x04" + b"\xff" * 76])
def test_what_is_no_archive_has_no_items(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "none.zim"
    path.write_bytes(content)
    assert DirectAccess(path).span(0, 1) is None
