"""The leak suite: 200 planted leaks and 200 clean tables, and what the firewall makes of them.

``python -m benchmarks.honesty.leaks`` prints the figures of the reporting seeds and
exits 1 when a bar is missed. Thresholds were set on ``--set development``
and are reported on ``--set report``; ``--set N`` takes any other seed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.honesty import clean, planted
from benchmarks.honesty.probing import HereCrew, measure, stratified
from pilothouse.models.boosting import Boosting
from pilothouse.models.target import Target
from pilothouse.steps.prepare.leaks import LeakReport, Probing, find_leaks

SEEDS = {"development": 2024, "report": 7_000_001}
REPEATS = {"strong": 5, "medium": 3, "weak": 2}
CLEAN_REPEATS = 10
BARS = {"missed_strong": 4, "clean_removed": 4, "clean_asked": 10}


def search(made) -> tuple[LeakReport, int]:
    """Run the firewall over one made table; tell also how many fits it took."""
    data, questions = made.data()
    crew = HereCrew(data)
    folds = stratified(questions.truth, 5, 0)
    kind = "number" if not questions.classes else "binary" if len(questions.classes) == 2 else "classes"
    probing = Probing(crew, Boosting(Target("target", kind, questions.classes), bagged=False), measure)
    return find_leaks(data, questions, folds, probing, available={}), crew.fits


def try_planted(job: tuple[str, str, int]) -> dict:
    """One planted leak: was it found, and was an innocent column taken as well?"""
    kind, band, seed = job
    case = planted.plant(kind, band, seed)
    report, fits = search(case.made)
    gone = report.drop & set(case.columns)
    levels = {leak.column: leak.level for leak in report.leaks}
    return {
        "kind": kind, "band": band, "seed": seed, "fits": fits,
        "found": len(gone) == len(case.columns) if case.all_must_go else bool(gone),
        "levels": {c: levels.get(c) for c in case.columns},
        "innocent": sorted(c for c, v in levels.items() if v != "noted" and c not in case.columns),
        "with": report.score_with, "without": report.score_without,
    }  # fmt: skip


def try_clean(job: tuple[str, int]) -> dict:
    """One clean table: what was removed or asked about by mistake?"""
    kind, seed = job
    report, fits = search(clean.clean(kind, seed))
    by_level = {level: [k.column for k in report.leaks if k.level == level] for level in ("removed", "asked")}
    return {"kind": kind, "seed": seed, "fits": fits, "score": report.score_with, **by_level}


def run(seed: int, workers: int, share: float = 1.0) -> dict:
    """Run the suite; ``share`` below 1 takes the first repeats of each kind only."""
    take = {band: max(1, round(n * share)) for band, n in REPEATS.items()}
    leaks = [(k, b, seed + i) for k in planted.KINDS for b in take for i in range(take[b])]
    cleans = [(k, seed + i) for k in clean.KINDS for i in range(max(1, round(CLEAN_REPEATS * share)))]
    started = time.monotonic()
    with ProcessPoolExecutor(workers) as pool:
        found, free = list(pool.map(try_planted, leaks)), list(pool.map(try_clean, cleans))
    figures = {
        "seed": seed, "planted": len(found), "clean": len(free), "seconds": round(time.monotonic() - started),
        **{f"missed_{b}": sum(not r["found"] for r in found if r["band"] == b) for b in take},
        **{f"planted_{b}": sum(r["band"] == b for r in found) for b in take},
        "clean_removed": sum(bool(r["removed"]) for r in free),
        "clean_asked": sum(bool(r["asked"]) for r in free),
        "innocent_columns": sum(len(r["innocent"]) for r in found),
    }  # fmt: skip
    return {"figures": figures, "planted": found, "clean": free}


def show(result: dict) -> None:
    """Print the figures, each miss and each false alarm."""
    for name, value in result["figures"].items():
        bar = BARS.get(name)
        print(f"{name:18} {value:>9}" + ("" if bar is None else f"   at most {bar}"))
    for r in result["planted"]:
        if not r["found"] or r["innocent"]:
            print("missed  " if not r["found"] else "innocent", r["kind"], r["band"], r["seed"], r["levels"],
                  r["innocent"], f"{r['with']:.3f} -> {r['without']:.3f}")  # fmt: skip
    for r in result["clean"]:
        if r["removed"] or r["asked"]:
            print(
                "alarm   ",
                r["kind"],
                r["seed"],
                "removed",
                r["removed"],
                "asked",
                r["asked"],
                f"{r['score']:.3f}",
            )


def main() -> int:
    """Read the command line, run, print, compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="report", help="development, report, or a seed")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--json", help="also write every case to this file")
    chosen = parser.parse_args()
    result = run(SEEDS.get(chosen.set) or int(chosen.set), chosen.workers, chosen.share)
    show(result)
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    return 1 if any(result["figures"][name] > bar for name, bar in BARS.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
