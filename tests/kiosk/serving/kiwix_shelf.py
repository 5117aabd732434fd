"""A library of small indexed archives, and what answers for it, without a socket."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.library import change
from content.library.books import Books
from kiosk.origins import Names
from kiosk.searching.jobs import Jobs
from kiosk.serving.message import Ask, Later, Response
from kiosk.serving.routes import make_site
from kiosk.serving.site import Site
from tests.content.kiwix_maker import Article, articles, make_indexed
from tests.kiosk.conftest import NOW

HOSTILE = "Sách <b>\"'&amp;\x01\ufffe]]> </title><script>alert(1)</script>"
TOWN = Article("dien-bien.html", "Điện Biên Phủ", "Thành phố Điện Biên ở lòng chảo Mường Thanh.")
OTHER = Article("bien.html", "Biển xa", "Diễn ra ở biển, không phải trên núi.")


@dataclass
class Server:
    """Both processes in one: the site, and the search process's jobs."""

    site: Site
    do: Callable[[dict[str, Any]], dict[str, Any] | None]

    def get(self, target: str, **headers: str) -> Response:
        """Return the answer to a GET; underscores in header names stand for hyphens."""
        sent = {name.replace("_", "-").encode(): text.encode() for name, text in headers.items()}
        found = self.site.answer(Ask(b"GET", target.encode(), {b"host": b"localhost:8081"} | sent))
        return found.finish(self.do(found.job)) if isinstance(found, Later) else found


def make_shelf(base: Path) -> Path:
    """Make the library below `base` and return its folder."""
    tagged = {"Tags": "wikipedia;_category:wikipedia;nopic", "Flavour": "maxi"}
    hostile = {"Title": HOSTILE, "Description": HOSTILE, "Creator": HOSTILE, "Tags": HOSTILE}
    files = [
        make_indexed(base / "lai-chau.zim", [TOWN, OTHER, *articles(40)], metadata=tagged),
        make_indexed(base / "two.zim", articles(12, seed=2), metadata={"Language": "vie,eng"}),
        make_indexed(base / "plain.zim", [TOWN], has_index=False, metadata={"Language": "eng"}),
        make_indexed(
            base / "hostile.zim", [Article("x.html", HOSTILE, "bẫy thú")], metadata=hostile
        ),
    ]
    done = change.add(base / "library", files, now=NOW, report=lambda *_: None)
    assert [one.did for one in done] == ["added"] * len(files), done
    return base / "library"


def server_of(library: Path) -> Server:
    """Return what answers for a library."""
    names = Names(app_port=8080, content_port=8081)
    return Server(make_site(Books(library), names), Jobs(library).do)
