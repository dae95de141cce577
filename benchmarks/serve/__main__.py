"""``python -m benchmarks.serve [--requests N] [--data NAME]``: p50 and p95 of one row over HTTP.

Both services run in processes of their own on the loopback, one worker each; one client
with one kept-alive connection asks them in turns, block by block, so that both see the
same machine. Bar: our p50 is at most 1.2 times the hand-written one. Writes ``RESULTS.md``.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.product_run import USE_CASE, run_product
from pilothouse import pipeline
from pilothouse.demo.shop import make_shop
from pilothouse.store.keys import KeyRole, Keys

RESULTS = Path(__file__).with_name("RESULTS.md")
MOST, BLOCK, WARM = 1.2, 50, 30
SERVE = "from pilothouse.cli import main; main()"


def main() -> int:
    """Read the command line, serve both, ask, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--data", help="a table of benchmarks.predict; a simulated shop otherwise")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        source, target, positive = _table(folder, given.data)
        product, finished = run_product(
            folder / "product", str(source), {"target": target, "time_budget_s": 10.0}
        )
        pipeline.ship(product, USE_CASE)
        with pipeline.releases.opened(product) as state:
            key = Keys(state).make(KeyRole.PREDICT)
        ours = stack.enter_context(_process(["-c", SERVE, "serve", str(product.folder), "--port", "0"]))
        hand = [str(source), target, positive]
        theirs = stack.enter_context(_process(["-m", "benchmarks.serve.by_hand", *hand]))
        rows = _rows(source, target, finished.folder)
        asked = {
            "ours": (f"{ours}/v1/use-cases/{USE_CASE}/predict", [{"rows": [row]} for row in rows]),
            "by hand": (f"{theirs}/predict", rows),
        }
        found = _ask(asked, given.requests, key)
    lines, missed = report(found, finished.record.winner)
    given.results.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 1 if missed else 0


def _table(folder: Path, data: str | None) -> tuple[Path, str, str]:
    source = folder / "rows.csv"
    if data is None:
        make_shop(source)
        return source, "churned", "yes"
    from benchmarks.predict.tables import load

    table = load(data)
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([table.header, *table.rows])
    return source, table.target, table.positive


def _rows(source: Path, target: str, folder: Any) -> list[dict[str, Any]]:
    """Rows of the file as JSON objects of the columns that the release asks for."""
    schema = {c.name: c.kind.value for c in pipeline.servable_in(folder.model).schema}
    with source.open(encoding="utf-8", newline="") as file:
        read = [row for row, _ in zip(csv.DictReader(file), range(200), strict=False)]

    def cell(name: str, text: str) -> Any:
        if schema[name] != "number":
            return text or None
        return float(text) if text.strip() else None

    return [{name: cell(name, row[name]) for name in schema} for row in read]


@contextlib.contextmanager
def _process(command: list[str]) -> Iterator[str]:
    """Start a service and give its URL; end it afterwards."""
    child = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout is not None
    try:
        for line in child.stdout:
            if url := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield url.group()
                break
        else:
            raise RuntimeError(f"{command[1]} did not start")
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(20)
        child.stdout.close()


def _ask(asked: dict[str, tuple[str, list[Any]]], requests: int, key: str) -> dict[str, np.ndarray]:
    """Milliseconds of each request, (requests,), by service."""
    took: dict[str, list[float]] = {name: [] for name in asked}
    headers = {"Authorization": f"Bearer {key}"}
    transport = httpx.HTTPTransport(retries=20)  # a service says its URL a moment before it listens
    with httpx.Client(headers=headers, timeout=30, trust_env=False, transport=transport) as client:
        for start in range(-WARM, requests, BLOCK):
            for name, (url, bodies) in asked.items():
                for number in range(start, min(start + BLOCK, requests)):
                    body = bodies[number % len(bodies)]
                    began = time.perf_counter()
                    client.post(url, json=body).raise_for_status()
                    if number >= 0:
                        took[name].append(1_000 * (time.perf_counter() - began))
    return {name: np.array(times) for name, times in took.items()}


def report(found: dict[str, np.ndarray], winner: str) -> tuple[list[str], int]:
    """Markdown lines, and how many bars are missed."""
    p50 = {name: float(np.median(times)) for name, times in found.items()}
    ratio = p50["ours"] / p50["by hand"]
    lines = [
        "# One row over HTTP",
        "",
        f"Measured on {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}; our winner: {winner}. "
        "Ours checks keys, hosts, types and sizes as it always does.",
        "",
        "| service | requests | p50 ms | p95 ms |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {n} | {len(t)} | {np.median(t):.2f} | {np.quantile(t, 0.95):.2f} |" for n, t in found.items()
    ]
    held = ratio <= MOST
    lines += ["", f"p50 ratio {ratio:.2f} (bar: at most {MOST}): {'held' if held else 'MISSED'}."]
    return lines, 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
