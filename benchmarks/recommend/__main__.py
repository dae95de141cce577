"""``python -m benchmarks.recommend [--data NAME ...] [--only NAME ...] [--deep]``: ours against peers.

Each protocol is a log cut by the rule named in ``protocols``; each contestant is a process of
its own on one thread, sees the same rows and lists ten items a question. Writes ``RESULTS.md``
beside this file; exits 1 when a bar is missed. What is not there is said, not skipped in silence.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recommend.contestant import PLACES, ours
from benchmarks.recommend.logs import load
from benchmarks.recommend.peers import PEERS
from benchmarks.recommend.protocols import PROTOCOLS, Task, write
from benchmarks.watched import watch
from pilothouse.steps.evaluate.metrics_ranking import Catalogue, measure_ranking, per_question

RESULTS = Path(__file__).with_name("RESULTS.md")
DEFAULT = "mixture"
BARS: dict[str, dict[str, float]] = {
    "ratings": {"ndcg": 0.484, "map": 0.149, "times_ease": 3.0},
    "time": {"ndcg": 0.350},
    "next": {"ndcg": 0.0747},
    "beauty": {"ndcg": 0.0566, "fit_s": 60.0},
}
LEAST = 0.002
"""On the other protocols the bar is the best peer's nDCG, less this or half the error of the difference."""
SHOWN = ("ndcg", "map", "hit_rate", "recall", "coverage")


@dataclass
class Row:
    """One contestant in one protocol."""

    protocol: str
    name: str
    ours: bool
    declined: str = ""
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    ndcg: list[float] = field(default_factory=list)
    fit_s: float = 0.0
    ask_s: float = 0.0
    peak_mb: float = 0.0


def main() -> int:
    """Read the command line, run, print, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="*", choices=list(PROTOCOLS), default=list(PROTOCOLS))
    parser.add_argument("--only", nargs="*", help="names of contestants; all otherwise")
    parser.add_argument("--deep", action="store_true", help="also train attention and towers until they stop")
    parser.add_argument("--json", help="keep every row in this file; what it holds is not run again")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    competing = contestants(given.deep)
    unknown = sorted(set(given.only or ()) - {name for name, _ in competing})
    if unknown:
        parser.error(
            f"no such contestant: {', '.join(unknown)}; there are {', '.join(n for n, _ in competing)}"
        )
    wanted = [one for one in competing if not given.only or one[0] in given.only]
    rows = _kept(given.json)
    sizes: dict[str, str] = {}
    for protocol in given.data:
        log_name, cut = PROTOCOLS[protocol]
        try:
            task = cut(load(log_name))
        except FileNotFoundError as fault:
            print(f"{protocol}: not here ({fault.filename}); set PILOTHOUSE_DATA", file=sys.stderr)
            continue
        sizes[protocol] = _size(task, (cut.__doc__ or "").splitlines()[0])
        done = {(row.name, row.ours) for row in rows if row.protocol == protocol}
        with tempfile.TemporaryDirectory() as folder:
            write(task, Path(folder))
            for name, is_ours in wanted:
                if (name, is_ours) not in done:
                    rows.append(_one(protocol, name, is_ours, task, Path(folder)))
                    _tell(rows[-1])
                    _keep(given.json, rows)
    lines, missed = report([row for row in rows if row.protocol in sizes], sizes)
    given.results.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 1 if missed or not sizes else 0


def contestants(deep: bool) -> list[tuple[str, bool]]:
    """Peers, then ours by rank; deep ones only when asked for. A module that is not there is named."""
    found = ours()
    for name in (n for n, kind in found.items() if kind is None):
        print(f"{name}: there is no such candidate yet", file=sys.stderr)
    there = sorted((k.rank, n) for n, k in found.items() if k is not None and (deep or k.extra != "deep"))
    return [(name, False) for name in PEERS] + [(name, True) for _, name in there]


def _one(protocol: str, name: str, is_ours: bool, task: Task, folder: Path) -> Row:
    row = Row(protocol, name, is_ours)
    lists = folder / "lists.npy"
    said: dict[str, Any] = {"folder": str(folder), "name": name, "ours": is_ours, "lists": str(lists)}
    try:
        done = watch("benchmarks.recommend.contestant", said)
    except RuntimeError as fault:
        row.declined = "failed: " + str(fault).strip().splitlines()[-1]
        print(fault, file=sys.stderr)
        return row
    row.peak_mb = done.peak_mb
    if "declined" in done.said:
        row.declined = done.said["declined"]
        return row
    row.fit_s, row.ask_s = done.said["fit_s"], done.said["ask_s"]
    found = np.load(lists).astype(np.float64)
    row.ndcg = [round(one, 6) for one in per_question(task.truth, found, PLACES)["ndcg"].tolist()]
    row.scores = judge(task, found)
    return row


def judge(task: Task, lists: np.ndarray) -> dict[str, dict[str, float]]:
    """Scores over all questions, and over each view of the task; no list may repeat its history."""
    for place, rows in enumerate(task.history):
        if np.isin(lists[place], task.log.item[rows]).any():
            raise ValueError(f"question {place} is shown what it has")
    counts = np.bincount(task.log.item[task.learn], minlength=task.log.items)
    catalogue = Catalogue(task.log.items, counts / counts.sum())
    views = {"all": np.ones(len(task.asked), dtype=bool), **task.views}
    return {
        view: {
            name: float(value)
            for name, value in measure_ranking(
                task.truth[mask], lists[mask], PLACES, catalogue
            ).values.items()
        }
        for view, mask in views.items()
    }


def report(rows: list[Row], sizes: dict[str, str]) -> tuple[list[str], int]:
    """Markdown lines, and how many protocols miss a bar."""
    lines = ["# Recommendation against peers", "", *_machine()]
    verdicts, missed = [], 0
    for protocol, size in sizes.items():
        own = [row for row in rows if row.protocol == protocol]
        verdict, bad = _verdict(protocol, own)
        verdicts.append(f"| {protocol} | {verdict} |")
        missed += bad
        lines += ["", f"## {protocol}", "", size]
        for view in dict.fromkeys(view for row in own for view in row.scores):
            lines += ["", *([] if view == "all" else [f"{view.capitalize()}:", ""]), *_table(own, view)]
        for row in own:
            if row.declined:
                lines += ["", f"{row.name}{' (ours)' if row.ours else ''}: {row.declined}"]
    bars = ["", "## Bars", "", f"Judged for our `{DEFAULT}`.", "", "| protocol | verdict |", "|---|---|"]
    return [*lines, *bars, *verdicts], missed


def _table(rows: list[Row], view: str) -> list[str]:
    lines = [
        "| contestant | nDCG@10 | MAP | HR@10 | recall | coverage | fit CPU s | ask CPU s | peak MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in sorted((r for r in rows if r.scores), key=lambda r: -r.scores[view]["ndcg"]):
        told = " | ".join(f"{row.scores[view][name]:.4f}" for name in SHOWN)
        name = f"**{row.name}** (ours)" if row.ours else row.name
        lines.append(f"| {name} | {told} | {row.fit_s:.1f} | {row.ask_s:.1f} | {row.peak_mb:.0f} |")
    return lines


def _verdict(protocol: str, rows: list[Row]) -> tuple[str, int]:
    mine = next((row for row in rows if row.ours and row.name == DEFAULT and row.scores), None)
    if mine is None:
        return f"MISSED: no `{DEFAULT}`", 1
    peers = {row.name: row for row in rows if not row.ours and row.scores}
    told, bad = [], 0

    def hold(what: str, figure: float, bar: float, at_least: bool) -> None:
        nonlocal bad
        held = figure >= bar if at_least else figure <= bar
        bad += not held
        side, word = "at least" if at_least else "at most", "held" if held else "MISSED"
        told.append(f"{what} {figure:.4g} ({side} {bar:.4g}: {word})")

    bars = BARS.get(protocol, {})
    for name in ("ndcg", "map"):
        if name in bars:
            hold(name, mine.scores["all"][name], bars[name], True)
    if "fit_s" in bars:
        hold("fit CPU s", mine.fit_s, bars["fit_s"], False)
    if "times_ease" in bars and "EASE" in peers:
        hold("fit CPU, in EASE fits", mine.fit_s / peers["EASE"].fit_s, bars["times_ease"], False)
    if peers:
        best = max(peers.values(), key=lambda row: row.scores["all"]["ndcg"])
        away = np.subtract(mine.ndcg, best.ndcg)
        error = float(away.std(ddof=1) / np.sqrt(len(away)))
        told.append(f"{away.mean():+.4f} ± {error:.4f} nDCG against the best peer, {best.name}")
        if not bars:
            hold("difference", float(away.mean()), -max(LEAST, error / 2), True)
    return "; ".join(told), int(bad > 0)


def _size(task: Task, rule: str) -> str:
    log = task.log
    return (
        f"{rule} {log.name}: {len(task.learn):,} interactions learnt, {log.users:,} users, {log.items:,} items, "
        f"{len(task.asked):,} questions, {sum(len(h) == 0 for h in task.history):,} of them without a history."
    )


def _machine() -> list[str]:
    model = "unknown"
    if Path("/proc/cpuinfo").is_file():
        named = [x for x in Path("/proc/cpuinfo").read_text().splitlines() if x.startswith("model name")]
        model = named[0].split(":")[1].strip() if named else model
    return [
        "Every contestant sees the same rows and lists ten items that the history does not hold; metrics are "
        "`steps.evaluate.metrics_ranking`'s. Peers carry one set of parameters, those published for ml-100k; "
        "ours are the candidates as the product builds them. Item and user attributes are given to ours only, "
        "where the log has them. Seconds are CPU seconds on one thread, reading libraries left out.",
        "",
        f"Measured on {os.cpu_count()} cores ({model}), {time.strftime('%Y-%m-%d')}.",
    ]


def _tell(row: Row) -> None:
    if row.declined:
        print(f"{row.protocol} {row.name}: {row.declined}", file=sys.stderr, flush=True)
        return
    told = " ".join(f"{name} {row.scores['all'][name]:.4f}" for name in SHOWN)
    print(
        f"{row.protocol} {row.name}: {told} (fit {row.fit_s:.1f}, ask {row.ask_s:.1f} CPU s, {row.peak_mb:.0f} MB)",
        file=sys.stderr,
        flush=True,
    )


def _kept(path: str | None) -> list[Row]:
    if not path or not Path(path).is_file():
        return []
    rows = [Row(**one) for one in json.loads(Path(path).read_text(encoding="utf-8"))]
    return [row for row in rows if not row.declined.startswith("failed")]


def _keep(path: str | None, rows: list[Row]) -> None:
    if path:
        Path(path).write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
