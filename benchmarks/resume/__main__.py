"""``python -m benchmarks.resume [--kills N]``: kill -9 a run at random moments, run again, compare.

The same file is run once undisturbed, then in a second product with N kills at seeded
random shares of the first run's time, each followed by a fresh start; the last start
ends by itself. Every figure of ``run.json`` but clocks, memory and names must agree to
the last digit, and ``verify`` must find nothing. Writes ``RESULTS.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.product_run import USE_CASE
from pilothouse import pipeline
from pilothouse.demo.shop import make_shop
from pilothouse.product import open_product
from pilothouse.runs.folder import newest

RESULTS = Path(__file__).with_name("RESULTS.md")
SEED = 41_000_001
TOLD = {"run_id", "started_at", "seconds", "peak_rss_mb", "looks"}
CLOCKS = {"seconds", "cpu_s", "fit_s"}


def main() -> int:
    """Read the command line, run, kill, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--budget", type=float, default=20.0)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_shop(folder / "shop.csv", rows=given.rows)
        asked = {"source": str(folder / "shop.csv")}
        asked["options"] = {"target": "churned", "time_budget_s": given.budget}  # type: ignore[assignment]
        calm, calm_s = _run({**asked, "folder": str(folder / "calm" / "shop")})
        assert calm == 0
        _share_key(folder / "calm" / "shop", folder / "killed" / "shop")
        random, stops, tries = np.random.default_rng(SEED), [], 0
        while len(stops) < given.kills and tries < 4 * given.kills:
            stop, tries = float(random.uniform(0.05, 0.5)) * calm_s, tries + 1
            code, _ = _run({**asked, "folder": str(folder / "killed" / "shop")}, stop)
            if code == -signal.SIGKILL:  # what was kept lets a later start end before its stop
                stops.append(stop)
        last, last_s = _run({**asked, "folder": str(folder / "killed" / "shop")})
        assert last == 0
        product = open_product(folder / "killed" / "shop")
        kept = newest(product.runs(USE_CASE), USE_CASE).path
        faults = pipeline.verify(kept)
        wrong = _differences(_record(folder / "calm" / "shop"), _record(folder / "killed" / "shop"))
    lines = [
        "# Killed and run again",
        "",
        f"Measured on {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}, seed {SEED}.",
        "",
        f"- {len(stops)} kills with -9 in {tries} starts, {min(stops):.0f} to {max(stops):.0f} s after the start "
        f"(an undisturbed run: {calm_s:.0f} s; the last start: {last_s:.0f} s)",
        f"- figures that differ from the undisturbed run: {len(wrong)} (bar 0) {wrong[:5] or ''}",
        f"- faults found by verify: {len(faults)} (bar 0)",
    ]
    given.results.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 1 if wrong or faults else 0


def _share_key(one: Path, other: Path) -> None:
    """Give both workspaces one key, so that the pseudonyms agree too."""
    keys = other / ".pilothouse" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    shutil.copy2(one / ".pilothouse" / "keys" / "pseudonyms.key", keys)


def _run(given: dict[str, Any], stop_s: float | None = None) -> tuple[int, float]:
    """Start a run; kill it after ``stop_s``. Return its exit code and seconds."""
    started = time.monotonic()
    command = [sys.executable, "-m", "benchmarks.product_run", json.dumps(given)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        return child.wait(stop_s), time.monotonic() - started
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait(), time.monotonic() - started


def _record(folder: Path) -> dict[str, Any]:
    product = open_product(folder)
    record = newest(product.runs(USE_CASE), USE_CASE).record().model_dump(mode="json")
    return {name: value for name, value in record.items() if name not in TOLD}


def _differences(a: Any, b: Any, place: str = "") -> list[str]:
    if isinstance(a, dict) and isinstance(b, dict):
        names = sorted({*a, *b} - CLOCKS)
        return [d for name in names for d in _differences(a.get(name), b.get(name), f"{place}.{name}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [
            d for i, pair in enumerate(zip(a, b, strict=True)) for d in _differences(*pair, f"{place}[{i}]")
        ]
    return [] if a == b or (a != a and b != b) else [f"{place}: {a!r} != {b!r}"]


if __name__ == "__main__":
    sys.exit(main())
