"""One update for the kill and power-cut tests: a changed archive, a new one, a retired one."""

import os
from pathlib import Path

from content.library.library import Library
from content.repository.volume import DirectoryCarrier
from content.store.layout import StoreLayout
from tests.content.sync.province_desk import Province, Reader, media_archive

RUN = """
import os, sys
from pathlib import Path
from content.repository.volume import DirectoryCarrier
from content.sync.run import Site, run_sync
if "--without-fsync" in sys.argv:
    os.fsync = lambda _descriptor: None
site = Site(Path(sys.argv[1]), Path(sys.argv[2]), floor_bytes=0)
print("go", flush=True)
run_sync(site, [DirectoryCarrier(Path(sys.argv[3]))], site.clock, report=lambda *_: None)
"""


def prepare(folder: Path) -> Province:
    """Make a province, a point in `folder/first` with its first release, and a second release."""
    province = Province(folder / "desk")
    items = {f"{n}.jpg": os.urandom(50_000) for n in range(6)}
    media_archive(province.folder() / "a.zim", items)
    media_archive(province.folder() / "gone.zim", {"x.jpg": b"x"})
    province.publish()
    Reader(folder / "first", province).sync(DirectoryCarrier(province.tree))
    (province.folder() / "a.zim").unlink()
    media_archive(province.folder() / "a.zim", {**items, "new.jpg": os.urandom(50_000)})
    media_archive(province.folder() / "b.zim", {"b.jpg": b"b"})
    province.publish(retire=["gone"])
    return province


def check(reader: Reader) -> str:
    """Return which library is in use; everything of it must be readable."""
    library = Library(reader.site.root)
    held = library.archives()
    for one in held:
        archive = library.archive(one.name)
        assert archive.check()
        assert archive.path.stat().st_size == one.size_bytes
    names = {one.name for one in held}
    library.search("x")
    has_new = library.archive("a").has("new.jpg")
    assert (names, has_new) in (({"a", "gone"}, False), ({"a", "b"}, True)), names
    return "new" if has_new else "old"


def recover(reader: Reader, province: Province) -> None:
    """Update again: the new library must be in use and nothing left over."""
    reader.sync(DirectoryCarrier(province.tree))
    assert check(reader) == "new"
    layout = StoreLayout(reader.site.root)
    assert [one.name for one in layout.incoming.iterdir()] == ["lock"]
    assert list(layout.staging.iterdir()) == []
    assert list(layout.root.rglob(".*.new")) == []
