"""``python -m benchmarks.honesty [--sample] [--pipeline N]``: are the rules of evidence kept?

Leaks planted and clean tables, pure noise, tables too small, coverage of the ranges, and
closed forms for money, each from published seeds. Writes ``RESULTS.md`` beside this file
and exits 1 when a bar is missed. ``--sample`` is a few seconds of it, for the tests.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.honesty import closed, replays, whole
from benchmarks.honesty import leaks as leak_suite

RESULTS = Path(__file__).with_name("RESULTS.md")
SEEDS = {"noise": 31_000_001, "too small": 32_000_001, "replays": 33_000_001, "pipeline": 34_000_001}
COVERAGE = (0.87, 0.93)


@dataclass(frozen=True)
class Size:
    """How much of each part is run."""

    leaks: float = 1.0
    noise: int = 200
    too_small: int = 50
    replays: int = 1_000
    pipeline: int = 0
    draws: int = 2_000
    fresh: int = 100_000
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)


SAMPLE = Size(leaks=0.0, noise=1, too_small=1, replays=6, draws=300, fresh=20_000, workers=1)


@dataclass(frozen=True)
class Line:
    """One row of the table; ``held`` is None where the part is too small to judge, or has no bar."""

    part: str
    seeds: str
    found: str
    bar: str
    held: bool | None


def run(
    size: Size, parts: Iterable[str] = ("closed", "replays", "noise", "too small", "pipeline", "leaks")
) -> list[Line]:
    """Run the parts asked for."""
    made: dict[str, Callable[[Size], list[Line]]] = {
        "closed": _closed,
        "replays": _replays,
        "noise": _noise,
        "too small": _too_small,
        "pipeline": _pipeline,
        "leaks": _leaks,
    }
    return [line for part in parts for line in made[part](size)]


def report(lines: list[Line]) -> str:
    """Markdown."""
    said = {True: "held", False: "MISSED", None: "too few to judge"}
    rows = [
        f"| {x.part} | {x.seeds} | {x.found} | {x.bar} | {said[x.held] if x.bar != '-' else ''} |"
        for x in lines
    ]
    head = [
        "# Rules of evidence, tested on data whose truth is known",
        "",
        f"{time.strftime('%Y-%m-%d')}.",
        "",
    ]
    return "\n".join([*head, "| part | seeds | found | bar | |", "|---|---|---|---|---|", *rows, ""])


def main() -> int:
    """Read the command line, run, print, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", action="store_true", help="a few seconds of it")
    parser.add_argument("--noise", type=int, default=200)
    parser.add_argument("--too-small", type=int, default=50)
    parser.add_argument("--replays", type=int, default=1_000)
    parser.add_argument("--pipeline", type=int, default=200, help="whole runs; an hour of two cores")
    parser.add_argument("--leaks", type=float, default=1.0, help="share of the leak suite")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    asked = vars(given)
    size = SAMPLE if given.sample else Size(**{k: asked[k] for k in _SIZES}, workers=given.workers)
    lines = run(size)
    text = report(lines)
    print(text)
    if not given.sample:
        given.results.write_text(text, encoding="utf-8")
    return 1 if any(line.held is False for line in lines) else 0


_SIZES = ("noise", "too_small", "replays", "pipeline", "leaks")


def _each(work: Callable[[int], Any], first: int, count: int, workers: int, what: str) -> list[Any]:
    """Do ``work`` for each seed; the figures do not depend on the number of workers."""
    seeds = range(first, first + count)
    if workers < 2:
        return [work(seed) for seed in seeds]
    found = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for number, one in enumerate(pool.map(work, seeds), 1):
            found.append(one)
            if number % max(1, count // 20) == 0:
                print(f"{what}: {number} of {count}", file=sys.stderr, flush=True)
    return found


def _closed(size: Size) -> list[Line]:
    exact, drawn = max(closed.differences().values()), max(closed.monte_carlo().values())
    return [
        Line("money, closed forms", "-", f"{exact:.1e}", "<= 1e-6", exact <= 1e-6),
        Line("money, Monte Carlo", "0", f"{drawn:.2%}", "<= 1 %", drawn <= 0.01),
    ]


def _replays(size: Size) -> list[Line]:
    work = partial(replays.replay, draws=size.draws, fresh=size.fresh)
    found: list[replays.Replay] = _each(work, SEEDS["replays"], size.replays, size.workers, "replays")
    seeds, lines = f"{SEEDS['replays']} + {len(found)}", []
    for name in found[0].ranges if found else ():
        inside = [r.low <= truth <= r.high for r, truth in (one.ranges[name] for one in found)]
        lines.append(
            _coverage(f"90 % range of {name}, {len(found)} replays of the evaluation", seeds, inside)
        )
    return (
        [*lines, _kept("`go` verdicts of the replays that keep a gain above d", seeds, found)]
        if found
        else []
    )


def _noise(size: Size) -> list[Line]:
    found = _each(whole.noise, SEEDS["noise"], size.noise, size.workers, "noise")
    count = sum(one.verdict == "go" for one in found)
    bar = len(found) // 100
    line = Line("`go` on pure noise", f"{SEEDS['noise']} + {len(found)}", f"{count} of {len(found)}; {_tally(found)}",
                f"<= {bar} (1 %)", count <= bar)  # fmt: skip
    return [line] if found else []


def _too_small(size: Size) -> list[Line]:
    found = _each(whole.too_small, SEEDS["too small"], size.too_small, size.workers, "too small")
    other = sum(one.verdict not in ("more_data", "no_go") for one in found)
    line = Line("tables too small: other than `more_data`, `no_go`", f"{SEEDS['too small']} + {len(found)}",
                f"{other} of {len(found)}; {_tally(found)}", "0", other == 0)  # fmt: skip
    return [line] if found else []


def _pipeline(size: Size) -> list[Line]:
    found = _each(whole.replay, SEEDS["pipeline"], size.pipeline, size.workers, "pipeline")
    if not found:
        return []
    seeds = f"{SEEDS['pipeline']} + {len(found)}"
    part = f"90 % range of AUC gain, {len(found)} whole runs; {_tally(found)}"
    shipped = float(np.mean([o.shipped for o in found]))
    return [
        _coverage(f"{part}: the fit that was measured", seeds, [o.covered for o in found]),
        Line("the same range and runs: the fit that ships, on all rows", seeds, f"{shipped:.1%}", "-", None),
        _kept("`go` verdicts of whole runs that keep a gain above .01", seeds, found),
    ]


def _leaks(size: Size) -> list[Line]:
    if size.leaks <= 0:
        return []
    figures = leak_suite.run(leak_suite.SEEDS["report"], size.workers, size.leaks)["figures"]
    seeds, out_of = str(figures["seed"]), {"missed_strong": figures["planted_strong"]}
    return [
        Line(
            f"leaks: {name.replace('_', ' ')}",
            seeds,
            f"{figures[name]} of {out_of.get(name, figures['clean'])}",
            f"<= {bar}",
            figures[name] <= bar,
        )  # fmt: skip
        for name, bar in leak_suite.BARS.items()
    ]


def _coverage(part: str, seeds: str, inside: list[Any]) -> Line:
    share = float(np.mean(inside))
    enough = len(inside) >= 200
    held = COVERAGE[0] <= share <= COVERAGE[1] if enough else None
    return Line(part, seeds, f"{share:.1%}", "87 to 93 %", held)


def _kept(part: str, seeds: str, found: list[Any]) -> Line:
    went = [one.kept for one in found if one.verdict == "go"]
    share = float(np.mean(went)) if went else 1.0
    return Line(
        part, seeds, f"{sum(went)} of {len(went)}", ">= 90 %", share >= 0.9 if len(went) >= 20 else None
    )


def _tally(found: list[Any]) -> str:
    codes = [one.verdict for one in found]
    return ", ".join(f"{code} {codes.count(code)}" for code in sorted(set(codes)))


if __name__ == "__main__":
    sys.exit(main())
