"""What counting costs: a request, a million events, a year on the disk, fsyncs; what it tells.

script/bench usage [--events 1000000]
"""

import os
import random
import resource
import socket
import sys
import tempfile
import threading
from collections import Counter as Multiset
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from unittest import mock

from flask import Flask

from content.usage.figures import report_of
from content.usage.ledger import LEDGER_FILE
from content.usage.live import LIVE_FILE
from content.usage.periods import period
from content.usage.sighting import Sighting, encode
from content.usage.teller import Teller
from kiosk.serving.message import Ask, Response
from kiosk.serving.telling import seen_of
from kiosk.views import counting
from tests.content.usage.point import BROWSER, Point
from tools import bench

WORKS = 2_000


def processor_s() -> float:
    """Return processor seconds of this thread's process."""
    used = resource.getrusage(resource.RUSAGE_THREAD)
    return used.ru_utime + used.ru_stime


def sightings(chance: random.Random, readers: int) -> list[bytes]:
    """Return what readers do: mostly turning pages, of few works much."""
    made = []
    for _ in range(50_000):
        work = min(int(chance.expovariate(1 / 200)), WORKS - 1)
        number = chance.randint(1, 10)
        target = chance.choices(
            (
                f"/read/w{work}/{number}",
                f"/content/w{work}@1/page{number}.html",
                f"/record/w{work}",
                f"/search?q=muong+{work}",
                "/",
            ),
            (10, 4, 3, 2, 1),
        )[0]
        address = f"10.0.{chance.randrange(4)}.{chance.randrange(readers)}"
        made.append(
            encode(Sighting(b"a", address.encode(), BROWSER, target.encode(), 200, found=work > 9))
        )
    return made


def a_million(events: int) -> None:
    """Count events spread over the ten hours of a day, and flush as often as it goes in real time.

    A minute passes in no replay of ours; the flush of a whole day's figures is told apart.
    """
    with tempfile.TemporaryDirectory() as folder:
        point = Point(Path(folder))
        data = sightings(random.Random(7), 60)
        step = 36_000 / events
        take = point.recorder.take
        began = processor_s()
        for number in range(events):
            take(data[number % len(data)], point.at)
            point.at += step
        point.now += timedelta(hours=10)
        counted = processor_s()
        point.flush()
        flushed = processor_s()
        each = (counted - began) / events * 1e6
        print(
            f"{events} events into counts: {flushed - began:.1f} processor s ({each:.1f} us each)"
        )
        size = (point.state / LIVE_FILE).stat().st_size
        spent = (flushed - counted) * 1e3
        print(f"the flush at the end of that day: {spent:.0f} processor ms, {size / 1e3:.0f} kB")


def a_year(visits: int) -> None:
    """Fill a year of a busy point and weigh it."""
    with tempfile.TemporaryDirectory() as folder, mock.patch("os.fsync"):
        point = Point(Path(folder))
        chance = random.Random(3)
        began = processor_s()
        for _ in range(366):
            point.wait(24 * 3_600 - 12 * 3_600)
            for _ in range(12):
                for visitor in range(visits // 12):
                    address = f"10.0.0.{visitor}"
                    for _ in range(8):
                        work = min(int(chance.expovariate(1 / 60)), WORKS - 1)
                        point.see(f"/read/w{work}/{chance.randint(1, 10)}", address)
                point.wait(3_600)
                point.flush()
        used = processor_s() - began
        size = sum((point.state / one).stat().st_size for one in (LEDGER_FILE, LIVE_FILE))
        hours = sum(len(when) == 13 for when, _, _ in point.cells())
        print(
            f"a year of {visits} visits a day: {size / 1e6:.1f} MB, {hours} cells of hours "
            f"({used:.0f} processor s)"
        )


def quiet_points(visits: Sequence[int], works: int = 100, top: int = 10) -> None:
    """Say what a month's report still names where few come: most read works against the truth."""
    for each_day in visits:
        chance = random.Random(each_day)
        truth: Multiset[str] = Multiset()
        with tempfile.TemporaryDirectory() as folder, mock.patch("os.fsync"):
            point = Point(Path(folder), ahead=timedelta(days=22))
            for _ in range(30):
                for visitor in range(each_day):
                    for _ in range(2):
                        # Zipf's law, as loans of libraries follow it.
                        (number,) = chance.choices(
                            range(works), [1 / (one + 1) for one in range(works)]
                        )
                        truth[f"w{number}"] += 1
                        point.see(f"/read/w{number}/{chance.randint(1, 10)}", f"10.0.0.{visitor}")
                    point.wait(36_000 / each_day)
                point.flush()
                point.wait(50_400)
            point.flush()
            named = [work.identifier for work, _ in report_of(point.state, period("2027-04")).works]
        most = [name for name, _ in truth.most_common(top)]
        found = len(set(named[:top]) & set(most))
        print(
            f"a month of {each_day} phones a day, {works} works: {len(named) - 1} named, "
            f"{found} of the {top} most read among the first {top}"
        )


def a_request(count: int = 100_000) -> None:
    """Tell of requests as the archive server and the app do, with and without a recorder."""
    head = {b"user-agent": BROWSER, b"host": b"diemdoc.lan", b"accept": b"text/html"}
    page = Response(200, [("Content-Type", "text/html; charset=utf-8")], b"x" * 9_000)
    app = Flask("bench")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "usage.sock"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(path))
        stop = threading.Event()

        def drain() -> None:
            while not stop.is_set():
                listener.recv(65_536)

        thread = threading.Thread(target=drain, daemon=True)
        thread.start()
        for words, where in (("listens", path), ("is gone", Path(folder) / "none")):
            teller = Teller(where)
            began = processor_s()
            for number in range(count):
                ask = Ask(b"GET", b"/content/w%d/page.html" % number, head)
                seen = seen_of(ask, "10.0.0.7", page, 9_000)
                assert seen is not None
                teller.tell(seen)
            used = (processor_s() - began) / count * 1e6
            print(f"archive server, when the recorder {words}: {used:.1f} us a request")
            app.extensions["teller"] = teller
            answer = app.response_class("x" * 9_000)
            agent = {"User-Agent": BROWSER.decode()}
            raw = {"RAW_URI": "/read/w1/2"}  # as gunicorn gives it
            with app.test_request_context("/read/w1/2", headers=agent, environ_base=raw):
                began = processor_s()
                for _ in range(count // 10):
                    counting.tell(answer)
                used = (processor_s() - began) / (count // 10) * 1e6
            print(f"app, when the recorder {words}: {used:.1f} us a request")
            teller.close()
        stop.set()


def fsyncs() -> None:
    """Count fsyncs in an hour of a busy point."""
    with tempfile.TemporaryDirectory() as folder:
        point = Point(Path(folder))
        calls: list[int] = []
        with mock.patch.object(os, "fsync", calls.append):
            for minute in range(60):
                for visitor in range(40):
                    point.see(f"/read/w{minute}/1", f"10.0.0.{visitor}")
                point.wait(60)
                point.flush()
        print(f"fsyncs in an hour: {len(calls)}")


def main() -> None:
    """Measure."""
    parser = bench.arguments("usage", __doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--visits", type=int, default=300)
    chosen = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    a_request()
    fsyncs()
    a_million(chosen.events)
    a_year(chosen.visits)
    quiet_points((10, 20, 40, 80))


if __name__ == "__main__":
    main()
