"""`script/bench build FOLDER [OPTION ...]`: what a build costs per ebook, page and hour of sound.

Prints a table for docs/measurements/build.md. One process at a time, so that seconds are the
processor's own; libzim's writing is the rest of the total. More options go to `diemdoc build`, such
as `--ocr`.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from libzim.reader import Archive

from tools import bench

HOUR_S = 3600.0


def main() -> None:
    """Build the folder and print what it cost."""
    parser = bench.arguments("build", __doc__)
    parser.add_argument("folder", help="a collection, with its catalogue")
    chosen, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.zim"
        command = [sys.executable, "-m", "kiosk", "build", chosen.folder, "-o", str(out)]
        done = subprocess.run(
            [*command, "--jobs", "1", "--json", *options], check=True, capture_output=True
        )
        result = json.loads(done.stdout)
        archive = Archive(out)
        catalogue = json.loads(
            bytes(archive.get_entry_by_path("catalogue.json").get_item().content)
        )
    hours = {one["id"]: one.get("duration_s", 0.0) / HOUR_S for one in catalogue["records"]}
    cost: dict[str, list[dict[str, float]]] = defaultdict(list)
    for one in (one for one in result["works"] if one["built"]):
        cost[one["form"]].append(
            {
                "works": 1,
                "parts": one["parts"],
                "hours": hours[one["id"]],
                "cpu_s": one["cpu_s"],
                "peak_mb": one["peak_bytes"] / 1e6,
            }
        )
    print("| form | works | parts | CPU s per work | CPU s per part | per hour | peak RSS MB |")
    print("|---|---|---|---|---|---|---|")
    for form, rows in sorted(cost.items()):
        works, parts, sound, cpu = (
            sum(row[name] for row in rows) for name in ("works", "parts", "hours", "cpu_s")
        )
        per_hour = f"{cpu / sound:.1f}" if sound else "–"
        print(
            f"| {form} | {works:.0f} | {parts:.0f} | {cpu / works:.2f} | {cpu / parts:.2f} | "
            f"{per_hour} | {max(row['peak_mb'] for row in rows):.0f} |"
        )
    size = result["archives"][0]["size_bytes"] / 1e6
    print(
        f"\nArchive {size:.1f} MB; {result['cpu_s']:.1f} CPU s in all, writing included; ", end=""
    )
    print(f"largest process {result['peak_bytes'] / 1e6:.0f} MB.")


if __name__ == "__main__":
    main()
