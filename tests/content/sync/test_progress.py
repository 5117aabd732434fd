"""Staff see how far an update is, in archives and bytes, and how long it will take."""

import random
from pathlib import Path

from content.repository.volume import DirectoryCarrier
from content.sync.progress import Progress, in_line
from content.sync.run import run_sync
from tests.content.sync.province_desk import Province, Reader, media_archive, quiet

RANDOM = random.Random(6)


def test_the_line_says_archives_bytes_and_time_left() -> None:
    half = Progress("Sách", 2, 12, 60_000_000, 120_000_000)
    assert in_line(half, 1.0) == "2/12 · 60 of 120 MB · Sách"
    assert in_line(half, 60.0) == "2/12 · 60 of 120 MB · 60 s left · Sách"
    assert "10 min left" in in_line(half, 600.0)
    assert "2.0 h left" in in_line(half, 7200.0)
    for done in (0, 120_000_000):
        assert "left" not in in_line(Progress("Sách", 1, 1, done, 120_000_000), 60.0)


def test_an_update_tells_every_archive_and_byte(tmp_path: Path) -> None:
    province = Province(tmp_path / "desk")
    for name in ("a", "b"):
        media_archive(province.folder() / f"{name}.zim", {"x.jpg": RANDOM.randbytes(700_000)})
    province.publish()
    reader = Reader(tmp_path / "point", province)
    seen: list[Progress] = []
    carrier = DirectoryCarrier(province.tree)
    run_sync(reader.site, [carrier], reader.clock(), report=quiet, show=seen.append)
    assert [one.done_bytes for one in seen] == sorted(one.done_bytes for one in seen)
    assert (seen[0].item, seen[0].done_bytes, seen[0].items) == (1, 0, 2)
    assert seen[-1].item == 2
    assert seen[-1].done_bytes == seen[-1].total_bytes > 1_400_000
    assert len(seen) > 10
