"""``python -m benchmarks.behaviour [--only PART ...] [--seeds N]``: pre-training and the behaviour model.

Writes ``RESULTS.md`` beside this file, the parts that ran anew and the others as they
were. There is no bar: what loses is shown too. Needs ``PILOTHOUSE_DATA`` and the extra ``deep``.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import time
from pathlib import Path

import torch

from benchmarks.behaviour.contests import contest
from benchmarks.behaviour.lists import of_events, of_histories
from benchmarks.behaviour.logs import customers, films
from benchmarks.behaviour.worth import Worth, of_customers, of_digits, of_films

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Pre-training and the behaviour model

What learning without labels first is worth, and how the behaviour model stands in a contest beside LightGBM on figures over windows. Seconds are CPU seconds on one thread.
"""
WORTH = {
    "films": of_films,
    "customers": of_customers,
    "digits": of_digits,
    "lists from histories": of_histories,
    "lists from events": of_events,
}
CONTESTS = {"contest customers": customers, "contest films": films}


def main() -> int:
    """Read the command line, run, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = [*WORTH, *CONTESTS]
    parser.add_argument("--only", nargs="*", choices=parts, default=parts)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    kept = _sections()
    for part in asked.only:
        begun = time.process_time()
        lines = _worth(WORTH[part](asked.seeds), asked.seeds) if part in WORTH else _contest(part)
        spent = time.process_time() - begun
        when = f"{datetime.date.today().isoformat()}, {os.cpu_count()} cores, {spent:.0f} CPU s in all"
        kept[part] = "\n".join([f"## {part}", "", *lines, "", f"Measured {when}.", ""])
        RESULTS.write_text("\n".join([HEAD, *(kept[p] for p in parts if p in kept)]), encoding="utf-8")
        print(kept[part], flush=True)
    return 0


def _sections() -> dict[str, str]:
    if not RESULTS.is_file():
        return {}
    found = RESULTS.read_text(encoding="utf-8").split("\n## ")[1:]
    return {part.partition("\n")[0]: f"## {part}" for part in found}


def _worth(worth: Worth, seeds: int) -> list[str]:
    lesson = worth.lesson
    lines = [
        worth.told,
        "",
        f"The backbone: {lesson.epochs} epochs, the best is number {lesson.best_epoch}; loss of the rows "
        f"that check {lesson.history[0]:.3f} at first, {min(lesson.history):.3f} at best. "
        f"{seeds} draws of {worth.learnt}; intervals of 95 % over draws and rows answered, paired.",
        "",
        f"| {worth.learnt} | from scratch, {worth.metric} | pre-trained, {worth.metric} | gain | interval | |",
        "|---|---|---|---|---|---|",
    ]
    for one in worth.gains:
        span = one.gain.interval
        verdict = "gain" if one.is_proven else "loss" if span.high < 0 else "no gain shown"
        lines.append(
            f"| {one.labels:,} | {one.scratch:.4f} | {one.pretrained:.4f} | {one.gain.value:+.4f} "
            f"| {span.low:+.4f} to {span.high:+.4f} | {verdict} |"
        )
    return lines


def _contest(part: str) -> list[str]:
    lines = [
        "The product's folds; AUC out of fold, difference from LightGBM with its paired 95 % interval.",
        "",
        "| contestant | AUC | against LightGBM | interval | CPU s a fit | epochs without + with labels |",
        "|---|---|---|---|---|---|",
    ]
    for one in contest(CONTESTS[part]()):
        gain, low, high = one.away
        name = f"**{one.name}**" if one.name == "behaviour" else one.name
        span = "" if one.name == "boosting" else f"{low:+.4f} to {high:+.4f}"
        lines.append(f"| {name} | {one.auc:.4f} | {gain:+.4f} | {span} | {one.seconds:.1f} | {one.epochs} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
