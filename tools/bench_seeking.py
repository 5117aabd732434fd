"""Where a jump in a recording lands: heard in Chromium, found again in the sound it was made of.

The recording is made of `NOISE`: nowhere alike, loud and quiet by turns, so that a variable bit
rate varies. A page sets the element's time, plays a moment through the Web Audio graph and keeps
the samples; the best match within `AROUND_S` of the reference says when they really are.

    script/bench seeking [--minutes 20] [--jumps 20]
"""

import array
import base64
import contextlib
import logging
import random
import resource
import subprocess
import tempfile
import threading
import wave
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from flask import Flask, Response, send_from_directory
from selenium.webdriver import Chrome
from werkzeug.serving import make_server

from tests.browser.conftest import open_phone
from tools import bench

RATE = 22_050
AROUND_S = 15.0
MIN_LIKENESS = 0.5
# A busy machine drops blocks of samples at times.
TRIES = 3
_HEARD_S = 0.3
# Below 2 kHz every encoder keeps the shape of the wave; loud and quiet by turns of ten seconds.
NOISE = (
    "anoisesrc=a=0.5:r={rate}:d={seconds}:seed=5,lowpass=f=2000,lowpass=f=2000,tremolo=f=0.1:d=0.95"
)
# The ways looked at in docs/adr/0051-jumps-land-in-a-steady-copy.md: arguments of ffmpeg, by name.
_LAME, _FIRST = ("-c:a", "libmp3lame"), ("-movflags", "+faststart")
FORMS: Mapping[str, tuple[str, ...]] = {
    "varying.mp3": (*_LAME, "-q:a", "4"),
    "steady.mp3": (*_LAME, "-b:a", "48k"),
    "rewrapped.mp4": ("-c:a", "copy", *_FIRST),
    "aac.m4a": ("-c:a", "aac", "-b:a", "48k", *_FIRST),
}
_TYPES = {".mp3": "audio/mpeg", ".mp4": "audio/mp4", ".m4a": "audio/mp4", ".wav": "audio/wav"}

_JUMP = """
const [src, spot, from, packed, rate, heardS, done] = arguments;
const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
const wanted = new Int16Array(bytes.buffer), context = new AudioContext({sampleRate: rate});
const audio = new Audio(src);
function listen() {
  const heard = [], tap = context.createScriptProcessor(1024, 1, 1);
  context.createMediaElementSource(audio).connect(tap);
  tap.connect(context.destination);
  tap.onaudioprocess = (event) => {
    const block = event.inputBuffer.getChannelData(0);
    if (heard.length || block.some((one) => one !== 0)) { heard.push(...block); }
    if (heard.length < rate * (heardS + 0.2)) { return; }
    tap.onaudioprocess = null;
    audio.pause();
    context.close();
    const first = heard.findIndex((one) => one !== 0);
    finish(heard.slice(first, first + Math.round(rate * heardS)));
  };
  audio.play();
}
function likeness(heard, lag, step) {
  let same = 0, own = 0, other = 0;
  for (let i = 0; i < heard.length; i += step) {
    const one = wanted[lag + i];
    same += heard[i] * one;
    own += heard[i] * heard[i];
    other += one * one;
  }
  return same / Math.sqrt(own * other || 1);
}
function best(heard, from, to, by, step) {
  let most = -1, at = from;
  for (let lag = Math.max(0, from); lag < Math.min(to, wanted.length - heard.length); lag += by) {
    const found = likeness(heard, lag, step);
    if (found > most) { most = found; at = lag; }
  }
  return [at, most];
}
/* Every other place by every fifth sample shows nearly where; then exactly. */
function finish(heard) {
  const [near] = best(heard, 0, wanted.length, 2, 5);
  const [at, most] = best(heard, near - 4, near + 5, 1, 1);
  done([from + at / rate - spot, most]);
}
audio.onerror = () => done([null, audio.error.message]);
audio.onseeked = listen;
audio.onloadedmetadata = () => { audio.currentTime = spot; };
audio.preload = "auto";
audio.load();
"""


def main() -> None:
    """Print what each form costs and where jumps in it land."""
    parser = bench.arguments("seeking", __doc__)
    parser.add_argument("--minutes", type=int, default=20, help="of sound (20)")
    parser.add_argument("--jumps", type=int, default=20, help="to places drawn at random (20)")
    options = parser.parse_args()
    length_s = options.minutes * 60
    draw = random.Random(5)
    spots = [round(draw.uniform(10, length_s - 10), 2) for _ in range(options.jumps)]
    with tempfile.TemporaryDirectory() as scratch, _served(Path(scratch)) as address:
        folder = Path(scratch)
        reference = folder / "reference.wav"
        make_reference(reference, length_s)
        browser = open_phone(folder / "profile")
        try:
            browser.get(address)
            print("| file | MB per hour | CPU s per hour | largest error, s | mean, s |")
            print("|---|---|---|---|---|")
            for name, how in {"reference.wav": (), **FORMS}.items():
                cpu_s = _make(folder, name, how) if how else 0.0
                size = (folder / name).stat().st_size
                errors = errors_s(browser, address + name, reference, spots)
                hours = length_s / 3600
                print(
                    f"| {name} | {size / 1e6 / hours:.1f} | {cpu_s / hours:.1f} |"
                    f" {max(map(abs, errors)):.3f} | {sum(errors) / len(errors):.3f} |",
                    flush=True,
                )
        finally:
            browser.quit()


def _make(folder: Path, name: str, how: tuple[str, ...]) -> float:
    """Write one form, the first of the reference and the others of that; return CPU seconds."""
    source = folder / ("reference.wav" if name == "varying.mp3" else "varying.mp3")
    command = ["ffmpeg", "-v", "error", "-y", "-threads", "1", "-i", f"file:{source}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, *how, f"file:{folder / name}"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve the files of a folder by ranges; yield the address, with a slash at its end."""
    app = Flask(__name__)

    @app.get("/")
    def page() -> str:
        return "<!doctype html><title>-</title>"

    @app.get("/<name>")
    def file(name: str) -> Response:
        kind = _TYPES.get(Path(name).suffix)
        return send_from_directory(folder, name, mimetype=kind, conditional=True)

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()


def make_reference(path: Path, seconds: int) -> None:
    """Write the sound that recordings are made of, as WAV in one channel of `RATE` samples."""
    noise = NOISE.format(rate=RATE, seconds=seconds)
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", noise]
    subprocess.run([*command, "-flags:a", "+bitexact", f"file:{path}"], check=True)


def errors_s(browser: Chrome, address: str, reference: Path, spots: Iterable[float]) -> list[float]:
    """Return by how many seconds each jump lands too late (less than 0: too early).

    Args:
        browser: Shows a page that may load `address` and hear it (of the same origin).
        reference: What `make_reference` wrote.

    Raises:
        AssertionError: The browser cannot play it, or plays what is not in the reference.
    """
    browser.set_script_timeout(60)
    errors = []
    for spot in spots:
        start_s, packed = _excerpt(reference, spot)
        for _ in range(TRIES):
            error_s, likeness = browser.execute_async_script(
                _JUMP, address, spot, start_s, packed, RATE, _HEARD_S
            )
            assert error_s is not None, f"not played: {likeness}"
            if likeness > MIN_LIKENESS:
                break
        assert likeness > MIN_LIKENESS, f"heard at {spot} s is nowhere near: {likeness:.2f}"
        errors.append(error_s)
    return errors


def _excerpt(reference: Path, spot: float) -> tuple[float, str]:
    """Return where the reference around a place begins, in seconds, and its samples."""
    with wave.open(str(reference)) as file:
        start = max(0, round((spot - AROUND_S) * RATE))
        file.setpos(start)
        samples = array.array("h", file.readframes(round(2 * AROUND_S * RATE)))
    return start / RATE, base64.b64encode(samples.tobytes()).decode()


if __name__ == "__main__":
    main()
