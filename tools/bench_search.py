"""`script/bench search`: what search costs and how well it finds, per engine.

Makes a catalogue and a library of pages (search_corpus.py), builds the index of each with each
engine, asks queries of every kind (search_queries.py) and prints tables for
docs/measurements/search.md. Building and asking run in processes of their own, so that memory is
theirs; times are the processor's.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from content.search.engine import PartText, WorkText
from content.search.engines import NAMES, engine_called
from content.search.searcher import Searcher, open_searcher
from tools import bench
from tools.search_cases import SHOWN, Cases, Target, make_cases
from tools.search_corpus import Book, Language, catalogue, library

WINDOW = range(SHOWN)
PASSES = 5


def main() -> None:
    """Measure what the command line asks for."""
    options = _options()
    options.words = options.words or fetched_words(options.folder)
    if options.do:
        print(json.dumps(DOING[options.do](options)))
        return
    for corpus in options.corpora.split(","):
        for engine in options.engines.split(","):
            _measure(options, corpus, engine)


def fetched_words(folder: Path) -> Path:
    """Return a list of Vietnamese words, from a package whose digest is locked."""
    path = folder / "words.txt"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        wanted = ["--require-hashes", "--no-deps", "-r", "requirements/bench-words.txt"]
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *wanted, "-d", str(folder)], check=True)
        with zipfile.ZipFile(next(folder.glob("pyvi-*.whl"))) as package:
            path.write_bytes(package.read("pyvi/models/words.txt"))
    return path


def _options() -> argparse.Namespace:
    parser = bench.arguments("search", __doc__)
    parser.add_argument("--words", type=Path, help="a list of words, one a line; else fetched")
    parser.add_argument("--folder", type=Path, default=Path(".var/bench-search"))
    parser.add_argument("--seed", type=int, default=1, help="of the corpora")
    parser.add_argument("--query-seed", type=int, default=1, help="of the queries")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--pages", type=int, default=300_000)
    parser.add_argument("--queries", type=int, default=200, help="of each kind")
    parser.add_argument("--engines", default=",".join(NAMES))
    parser.add_argument("--corpora", default="catalogue,pages")
    parser.add_argument("--heap", type=int, default=64, help="MB that a writer may gather")
    parser.add_argument("--json", action="store_true", help="print what was measured as it is")
    parser.add_argument("--do", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(options: argparse.Namespace, corpus: str, engine: str) -> None:
    """Build and ask one index; print what was found."""
    given = [
        f"--{name.replace('_', '-')}={value}"
        for name, value in vars(options).items()
        if name not in {"do", "engines", "corpora", "json"}
    ]
    given += [f"--engines={engine}", f"--corpora={corpus}"]
    results: dict[str, Any] = {}
    for do in ("build", "cases", "ask", "grow"):
        if do == "grow" and corpus != "pages":
            continue
        command = [sys.executable, "-m", "tools.bench_search", *given, f"--do={do}"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        results |= json.loads(done.stdout)
    if options.json:
        print(json.dumps({"corpus": corpus, "engine": engine} | results), flush=True)
        return
    size = options.records if corpus == "catalogue" else options.pages
    print(f"\n### {engine}, {corpus} of {size}\n", flush=True)
    for name in ("build", "search", "suggest", "snippet", "grow"):
        if name in results:
            facts = ", ".join(f"{key} {value:.4g}" for key, value in results[name].items())
            print(f"- {name}: {facts}")
    print("\n| kind of query | p50 ms | p95 | p99 | MRR | success@10 |\n|---|---|---|---|---|---|")
    for kind, row in results["kinds"].items():
        print(
            f"| {kind} | {row['p50']:.2f} | {row['p95']:.2f} | {row['p99']:.2f} "
            f"| {row['mrr']:.3f} | {row['success']:.3f} |"
        )


def _folder(options: argparse.Namespace) -> Path:
    size = options.records if options.corpora == "catalogue" else options.pages
    return Path(options.folder) / f"{options.corpora}-{size}-{options.seed}-{options.engines}"


def _books(options: argparse.Namespace) -> Iterator[Book]:
    language = Language(options.words, options.seed)
    if options.corpora == "catalogue":
        return catalogue(language, options.seed, options.records)
    return library(language, options.seed, options.pages)


def build(options: argparse.Namespace) -> dict[str, Any]:
    """Build the index unless it is there; the corpus itself is not counted."""
    folder = _folder(options)
    facts = folder.with_suffix(".json")
    if facts.is_file() and folder.is_dir():
        return dict(json.loads(facts.read_text()))
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    writer = engine_called(options.engines, options.heap * 1_000_000).create(folder)
    making = 0.0
    begun = made = time.process_time()
    wall = time.monotonic()
    highest = 0.0
    for number, book in enumerate(_books(options)):
        making += time.process_time() - made
        writer.add_work(book.record)
        for part in book.pages:
            writer.add_part(part)
        if number % 50 == 0:
            highest = max(highest, _memory("RssAnon"))
        made = time.process_time()
    writer.close()
    highest = max(highest, _memory("RssAnon"))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    measured = {
        "build": {
            "CPU s": time.process_time() - begun - making,
            "s, corpus included": time.monotonic() - wall,
            "MB on disk": size / 1e6,
            "MB anonymous": highest,
        }
    }
    facts.write_text(json.dumps(measured))
    return measured


def cases(options: argparse.Namespace) -> dict[str, Any]:
    """Think of queries; apart, because the books to choose from take memory."""
    more = ["half title", "word order", *(["prefix"] if options.corpora == "catalogue" else [])]
    made = make_cases(lambda: _books(options), options.query_seed, options.queries, tuple(more))
    thought = {
        kind: [(query, target.work, sorted(target.pages)) for query, target in asked]
        for kind, asked in made.items()
    }
    _folder(options).with_suffix(".cases.json").write_text(json.dumps(thought))
    return {}


def ask(options: argparse.Namespace) -> dict[str, Any]:
    """Ask queries of every kind."""
    searcher = open_searcher(_folder(options))
    raw = json.loads((_folder(options).with_suffix(".cases.json")).read_text())
    asked_of = {
        kind: [(query, Target(work, frozenset(pages))) for query, work, pages in asked]
        for kind, asked in raw.items()
    }
    searcher.search("làm quen", window=WINDOW)
    queries = [query for asked in asked_of.values() for query, _ in asked]
    passes = [_nothing_shown(searcher, queries) for _ in range(PASSES - 1)]
    kinds = {}
    every: list[float] = []
    for kind, asked in asked_of.items():
        shown = []
        for _ in range(2):
            found_took = [
                _timed(lambda query=query: searcher.search(query, window=WINDOW))
                for query, _ in asked
            ]
            shown.append([took for _, took in found_took])
        times = _least_of(shown)
        ranks = [
            target.rank(found) for (_, target), (found, _) in zip(asked, found_took, strict=True)
        ]
        every += times
        kinds[kind] = _spread(times) | {
            "mrr": sum(1 / rank for rank in ranks if rank) / len(ranks),
            "success": sum(map(bool, ranks)) / len(ranks),
        }
    total = [row["mrr"] for row in kinds.values()]
    answered = {
        **_spread(every),
        "MRR": sum(total) / len(total),
        "MB anonymous": _memory("RssAnon"),
        "MB of files": _memory("RssFile"),
    }
    passes.append(_nothing_shown(searcher, queries))
    without = _spread(_least_of(passes))
    answered |= {f"{key} without snippets": value for key, value in without.items()}
    answered["p50 without snippets, asked once"] = _spread(passes[0])["p50"]
    return {
        "search": answered,
        "suggest": _suggest(searcher, asked_of),
        "snippet": _snippets(searcher, asked_of),
        "kinds": kinds,
    }


def grow(options: argparse.Namespace) -> dict[str, Any]:
    """Add one book of 300 pages to the index."""
    language = Language(options.words, options.seed)
    (book,) = library(language, options.seed + 1_000, 300)
    old = _folder(options)
    new = old.with_name(old.name + "-grown")
    shutil.rmtree(new, ignore_errors=True)
    begun, wall = time.process_time(), time.monotonic()
    writer = engine_called(options.engines, options.heap * 1_000_000).extend(old, new)
    work = 1_000_000
    writer.add_work(WorkText(work, str(book.title)))
    for part in book.pages:
        writer.add_part(PartText(work, part.number, part.title, part.path, part.text, part.marks))
    writer.close()
    facts = {"CPU s": time.process_time() - begun, "s": time.monotonic() - wall}
    shared = sum(path.stat().st_size for path in new.iterdir() if path.stat().st_nlink > 1)
    size = sum(path.stat().st_size for path in new.iterdir())
    shutil.rmtree(new)
    return {"grow": facts | {"MB written": (size - shared) / 1e6}}


DOING: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "build": build,
    "cases": cases,
    "ask": ask,
    "grow": grow,
}


def _suggest(searcher: Searcher, cases: Cases) -> dict[str, float]:
    """Return what a suggestion costs after one to four letters."""
    facts = {}
    for letters in (1, 2, 3, 4):
        beginnings = {query[:letters] for query, _ in cases["exact"]}
        times = [_timed(lambda words=words: searcher.suggest(words))[1] for words in beginnings]
        facts |= {f"p50 at {letters}": _spread(times)["p50"], f"most at {letters}": max(times)}
    return facts


def _snippets(searcher: Searcher, cases: Cases) -> dict[str, float]:
    """Return what one shown place costs: text read and unpacked, snippet made."""
    times = []
    for query, _ in cases["no accents"][:50]:
        found, took = _least(lambda query=query: searcher.search(query, window=WINDOW))
        _, without = _least(lambda query=query: searcher.search(query, window=range(0)))
        shown = sum(len(one.places) or bool(one.snippet) for one in found.works)
        if shown:
            times.append(max(0.0, took - without) / shown)
    return _spread(times) if times else {}


def _nothing_shown(searcher: Searcher, queries: list[str]) -> list[float]:
    """Return what each query takes, nothing shown."""
    return [
        _timed(lambda query=query: searcher.search(query, window=range(0)))[1] for query in queries
    ]


def _least_of(passes: list[list[float]]) -> list[float]:
    """Return the least time of each query.

    Others use this processor too: of several passes, some while apart, it is nearest to the truth.
    """
    return [min(times) for times in zip(*passes, strict=True)]


def _least(do: Callable[[], Any]) -> tuple[Any, float]:
    """Return an answer and the least of three times for it."""
    answers = [_timed(do) for _ in range(3)]
    return answers[0][0], min(took for _, took in answers)


def _timed(do: Callable[[], Any]) -> tuple[Any, float]:
    """Return an answer and the processor's milliseconds for it."""
    begun = time.process_time()
    answer = do()
    return answer, (time.process_time() - begun) * 1000


def _spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        f"p{share}": ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
        for share in (50, 95, 99)
    }


def _memory(name: str) -> float:
    """Return MB of this process's memory, as /proc/self/status calls it."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
