"""One use case by the product's own path, in this process: declare, run, predict; used as a child.

``python -m benchmarks.product_run '{"folder": ..., "source": ..., "target": ..., "ask": [...]}'``
prints one line of JSON.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from pilothouse import pipeline
from pilothouse.pipeline import Event, Finished
from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create

USE_CASE = "question"
Moment = tuple[float, float, str]


def run_product(
    folder: Path,
    source: str,
    options: dict[str, Any],
    available: dict[str, bool] | None = None,
    parts: list[Moment] | None = None,
) -> tuple[Product, Finished]:
    """Run ``predict`` on one file in a product of its own; ``parts`` takes each event's moment."""
    product = create(folder, ProductSettings(name="benchmark", language="en"))
    product.declare("tables", "rows", TableSettings(source=str(source)))
    use = UseCaseSettings(scenario="predict", table="rows", options=options, available=available or {})
    product.declare("use_cases", USE_CASE, use)
    last: Event | Finished | None = None
    for last in pipeline.run(product, USE_CASE, language="en"):
        if parts is not None and isinstance(last, Event):
            parts.append((time.monotonic(), time.process_time(), last.label.key))
    assert isinstance(last, Finished)
    return product, last


def probabilities(path: Path, positive: str) -> list[float]:
    """Read the outcome's probabilities out of a file of answers."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [float(row[f"probability_{positive}"]) for row in csv.DictReader(file)]


def _parts(events: list[Moment]) -> dict[str, list[float]]:
    """Seconds from each event to the next, by the event's key: on the wall, and of this process's CPU."""
    found: dict[str, list[float]] = {}
    for (start, cpu, key), (end, cpu_end, _) in pairwise(events):
        wall, own = found.get(key, [0.0, 0.0])
        found[key] = [round(wall + end - start, 2), round(own + cpu_end - cpu, 2)]
    return found


def main(given: dict[str, Any]) -> dict[str, Any]:
    """Run and answer; tell what the run's record says about itself."""
    started = time.monotonic()
    events: list[Moment] = []
    available = given.get("available", {})
    product, finished = run_product(
        Path(given["folder"]), given["source"], given["options"], available, events
    )
    ended = time.monotonic()
    events.append((ended, time.process_time(), ""))
    for asked, answers in given.get("ask", []):
        pipeline.predict(product, USE_CASE, Path(asked), Path(answers))
    record = finished.record
    return {
        "run": str(finished.folder.path),
        "run_s": ended - started,
        "parts": _parts(events),
        "planned_s": finished.folder.get_json("plan.json")["seconds"],
        "planned_cpu_s": finished.folder.get_json("plan.json")["cpu_s"],
        "winner": record.winner,
        "verdict": record.verdict.code,
        "out_of_fold": {
            name: parts[record.metric["name"]].value for name, parts in record.metrics["out_of_fold"].items()
        },
        "test": record.test.score,
        "gain": record.test.gain,
        "leaks": {leak.column: leak.level for leak in record.leaks},
        "trials": {e["name"]: e["trials"] for e in finished.folder.get_json("plan.json")["entered"]},
        "skipped": [skip.candidate for skip in record.skipped],
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
