"""What runs in a guest whose power is cut, and what looks at it at the next start.

The guest tells by its serial line what is done: whoever reads that line outlives the cut.
"""

from pathlib import Path

from province.release import Release
from province.volume import write_volume
from tests.content.sync.province_desk import Province, media_archive, quiet

LIBRARY, STATE, USAGE = "/srv/diemdoc/library", "/var/lib/diemdoc", "/srv/diemdoc/usage"
BATCH = 7
_PATHS = 'import sys; sys.path[:0] = ["/usr/lib/diemdoc", "/run/files"]\n'
# Counts readers for ever, from a number on; a day is over every few flushes. Between them there is
# a while in which nothing has to be on the disk yet.
RECORD = f"""{_PATHS}
import time
from datetime import timedelta
from pathlib import Path
from tests.content.usage.point import Point
number, step_s = int(sys.argv[1]), 2_000.0
point = Point(Path("{USAGE}"), ahead=timedelta(seconds=number * step_s))
with open("/dev/ttyS0", "w") as line:
    while True:
        for _ in range({BATCH}):
            number += 1
            address = f"10.{{number >> 16}}.{{number >> 8 & 255}}.{{number & 255}}"
            point.see(f"/read/w{{number % 50}}/1", address)
            point.wait(step_s)
        point.flush()
        print(f"\\ncounted {{number}} ", file=line, flush=True)
        time.sleep(0.8)
"""
# Prints what is there, as JSON; anything that is not whole ends it by an error.
LOOK = f"""{_PATHS}
import json, sqlite3
from pathlib import Path
from content.library.library import Library
from content.usage.events import Family, Metric
from tests.content.usage.point import cells_of, total, whole
library = Library(Path("{LIBRARY}"))
for one in library.archives():
    archive = library.archive(one.name)
    assert archive.check() and archive.path.stat().st_size == one.size_bytes, one.name
library.search("x")
for path in Path("/srv/diemdoc").rglob("*"):
    if path.suffix in {{".db", ".sqlite"}} and ".damaged" not in path.name:
        (told,) = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone()
        assert told == "ok", path
counted = works = 0
if Path("{USAGE}/state").is_dir():
    assert whole(Path("{USAGE}/state"))
    cells = cells_of(Path("{USAGE}/state"))
    counted = total(cells, Metric.VISITORS, Family.TRAFFIC)
    works = total(cells, Metric.UNIQUE_TITLE_REQUESTS, Family.WORK)
print(json.dumps([sorted(one.name for one in library.archives()), counted, works]))
"""
# What a change that was gone on with may not leave behind. The counts' half-written file has one
# name and is written over at the next minute.
LEFT_OVER = (
    f"find {LIBRARY}/incoming {LIBRARY}/staging -mindepth 1 ! -name lock; "
    "find /srv/diemdoc -name '*.damaged-*' -o -path '*/quarantine/*' "
    "-o -name '.*.new' ! -name .usage.json.new"
)


def publish_releases(folder: Path, count: int) -> None:
    """Write releases `r0`, `r1` ... each with an archive of its own and one that changes."""
    province = Province(folder / "desk")
    for number in range(count):
        if number:
            (province.folder() / f"b{number - 1}.zim").unlink()
        media_archive(
            province.folder() / f"b{number}.zim",
            {f"{one}.jpg": bytes([number, one]) * 40_000 for one in range(6)},
        )
        (province.folder() / "a.zim").unlink(missing_ok=True)
        media_archive(
            province.folder() / "a.zim",
            {"same.jpg": b"same" * 50_000, "new.jpg": bytes([number]) * 90_000},
        )
        province.publish(**({"retire": [f"b{number - 1}"]} if number else {}))
        stick = folder / f"files/r{number}"
        stick.mkdir(parents=True)
        write_volume(province.tree, Release.load(province.desk, province.now), stick, report=quiet)
    (folder / "files/root.json").write_bytes(province.root)
