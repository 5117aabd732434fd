"""One change of a library with texts for the kill and power-cut tests of its index."""

import datetime as dt
import random
from pathlib import Path

from content.catalogue.records import Query
from content.library import change
from content.library.library import Library
from content.library.settings import SearchSettings
from content.store import digests
from content.store.generation import current
from content.store.layout import StoreLayout
from tests.content.zim_maker import make_archive, work

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
RUN = """
import datetime as dt, os, sys
from pathlib import Path
from content.library import change
from content.library.settings import SearchSettings
if "--without-fsync" in sys.argv:
    os.fsync = lambda _descriptor: None
root, engine, file = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
print("go", flush=True)
change.add(root, [file], now=dt.datetime.now(dt.UTC), report=lambda *_: None,
           settings=SearchSettings(engine), floor_bytes=0)
"""
TITLES = {"first": "Ruộng bậc thang", "second": "Chợ phiên Sìn Hồ"}
PAGES = 40


def prepare(folder: Path, engine: str) -> Path:
    """Make a point in `folder/first` with one archive, and return another that is to come."""
    for name, title in TITLES.items():
        chance = random.Random(name)
        words = "lúa nước nương bản mường suối núi mây trời hoa".split()
        texts = [
            f"{title} {number} " + " ".join(chance.choices(words, k=60)) for number in range(PAGES)
        ]
        record = work(name, title, texts)
        make_archive(folder / f"{name}.zim", [(record, texts)])
    add(folder / "first", folder / "first.zim", engine)
    for _ in range(2):  # so that the change has an old generation to let go
        change.rebuild_current(
            folder / "first", report=lambda *_: None, settings=SearchSettings(engine)
        )
    return folder / "second.zim"


def add(root: Path, file: Path, engine: str) -> None:
    """Add an archive as the killed process would."""
    settings = SearchSettings(engine)
    change.add(root, [file], now=NOW, report=lambda *_: None, settings=settings, floor_bytes=0)


def check(root: Path) -> str:
    """Return which library is in use; catalogue and index must be whole and of that one."""
    layout = StoreLayout(root)
    held = {one.name for one in current(layout).archives}
    assert digests.changed(layout.generation(current(layout).number)) == ()
    library = Library(root)
    assert library.summaries(Query()).total == len(held)
    for name, title in TITLES.items():
        hits = library.search(title).hits
        found = [one for one in hits if one.summary.identifier == name]
        assert bool(found) == (name in held)
        if found:
            assert len(library.places(name, title)) == PAGES
    assert held in ({"first"}, {"first", "second"})
    return "new" if "second" in held else "old"


def recover(root: Path, file: Path, engine: str) -> None:
    """Add again: the new library must be in use and nothing left over."""
    add(root, file, engine)
    assert check(root) == "new"
    layout = StoreLayout(root)
    assert list(layout.staging.iterdir()) == []
    assert len(list(layout.generations.iterdir())) == 3
    assert list(layout.root.rglob(".*.new")) == []
