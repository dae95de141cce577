"""Does a run folder still say what was measured?

Three looks: every file against the manifest, and the manifest against the state store;
every figure computed again from the predictions; with ``retrain``, every fit made again
from the data and its predictions compared.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.errors import Conflict, NotFound
from pilothouse.messages import Message, say
from pilothouse.pipeline.begin import Begun, begin, make_scenario
from pilothouse.pipeline.compose import figures_of, plain
from pilothouse.pipeline.events import silent
from pilothouse.pipeline.exhibit import EXHIBIT, Exhibit, exhibit_of, read_exhibit
from pilothouse.pipeline.findings import find
from pilothouse.pipeline.releases import opened
from pilothouse.pipeline.speaking import in_run
from pilothouse.pipeline.study import digest_of, study
from pilothouse.product import Product, UseCaseSettings, open_product
from pilothouse.runs.folder import MANIFEST, RunFolder, file_hash
from pilothouse.runs.record import RunRecord
from pilothouse.steps.plan import WorkPlan
from pilothouse.steps.train.crew import make_crew
from pilothouse.types import Leak

TOLERANCE = 1e-9


def verify(path: Path, *, retrain: bool = False) -> list[Message]:
    """List every difference found; empty when the run holds.

    Raises
    ------
    NotFound
        When ``path`` is no run folder of a product.
    Conflict
        With ``retrain``, when the data or the settings are not what the run saw.
    """
    folder = RunFolder(path.resolve())
    if not folder.is_sealed or len(folder.path.parents) < 4:
        raise NotFound(say("pipeline.no_run", path=str(path)), say("pipeline.run_path"))
    product = open_product(folder.path.parents[3])
    found = [say("pipeline.file_differs", file=name) for name in folder.broken_files()]
    with opened(product) as state:
        sealed = state.run(folder.path.parent.name, folder.run_id).manifest
    if sealed != file_hash(folder.path / MANIFEST):
        found.append(say("pipeline.file_differs", file=MANIFEST))
    record = folder.record()
    found += _figures(folder, record)
    if retrain:
        found += _retrained(product, folder, record)
    return found


def _figures(folder: RunFolder, record: RunRecord) -> list[Message]:
    """Compute every figure again from what the folder keeps."""
    exhibit, plan = read_exhibit(folder), WorkPlan.model_validate(folder.get_json("plan.json"))
    scenario = make_scenario(UseCaseSettings.model_validate(exhibit.facts["use"]))
    findings = find(scenario, exhibit, plan.seed, plan.resamples)
    given = _given(record, exhibit) | {"counted": scenario.counted}
    again = {k: _dumped(v) for k, v in figures_of(findings, given).items()}
    again |= {
        "rows": exhibit.facts["rows"],
        "looks": exhibit.facts["look"],
        "winner": exhibit.facts["winner"],
        "seed": plan.seed,
        "plan_hash": plan.plan_hash,
        "frozen_hash": digest_of(folder.get_json("frozen.json")),
    }
    kept = record.model_dump(mode="json")
    return [
        say("pipeline.figure_differs", place=place, kept=str(old)[:40], found=str(new)[:40])
        for name, value in again.items()
        for place, old, new in differences(name, plain(kept[name]), plain(value))
    ]


def _given(record: RunRecord, exhibit: Exhibit) -> dict[str, Any]:
    leaks = tuple(
        Leak(k.column, k.level, Message.from_json(k.reason.model_dump()), k.score_with, k.score_without)
        for k in record.leaks
    )
    ids = [c["name"] for c in record.columns if c["role"] in ("id", "user")]
    labels, ranked = {c.name: c.label for c in record.candidates}, record.target.kind == "ranking"
    return {
        "target": record.target.name,
        "kind": record.target.kind,
        "positive": record.target.positive,
        "shown": exhibit.facts["shown"],
        "rule": Message.from_json(labels[exhibit.facts["baseline"]].model_dump()) if ranked else None,
        "id_name": ids[0] if ids else "row",
        "place": exhibit.facts["place"],
        "rows": record.rows,
        "look": record.looks,
        "leaks": leaks,
        "not_checked": [Message.from_json(m.model_dump()) for m in record.not_checked],
        "baseline": exhibit.facts["baseline"],
        "split": record.split.kind,
        "train": record.split.train,
        "unit_name": record.split.unit,
        "units": len(np.unique(exhibit.questions.unit[exhibit.kept_aside])),
        "split_notes": [Message.from_json(m.model_dump()) for m in record.split.notes],
    }


def _retrained(product: Product, folder: RunFolder, record: RunRecord) -> list[Message]:
    """Fit everything again and compare predictions."""
    begun: Begun = begin(product, record.use_case, record.language, silent)
    if begun.use.model_dump(mode="json") != folder.get_json(EXHIBIT)["use"]:
        raise Conflict(say("pipeline.other_settings"), say("pipeline.other_settings_fix"))
    if begun.data_hash != record.data_hash:
        raise Conflict(say("pipeline.other_data"), say("pipeline.other_data_fix"))
    old = read_exhibit(folder)
    if len(begun.questions.unit) != len(old.fold):  # what a language model said anew is no part of the data
        raise Conflict(say("pipeline.other_questions"), say("pipeline.other_questions_fix"))
    begun.scenario.llm = replay = in_run(begun.llm, record.use_case, folder, replays=True)
    with (
        tempfile.TemporaryDirectory() as work,
        make_crew(
            begun.prepared.data, begun.scenario.questions, Path(work), workers=begun.plan.workers
        ).with_llm(replay) as crew,
    ):
        studied = study(begun, crew, lambda _: record.looks)
    new = exhibit_of(begun, studied)
    found = []
    for part in ("out_of_fold", "test"):
        for name, answers in getattr(old, part).items():
            for field, values in answers.values.items():
                fresh = getattr(new, part)[name][field]
                if not np.allclose(values, fresh, rtol=0, atol=TOLERANCE, equal_nan=True):
                    place = f"{part}.{name}.{field}"
                    worst = float(np.nanmax(np.abs(values - fresh)))
                    found.append(say("pipeline.refit_differs", place=place, worst=worst))
    return found


def _dumped(value: Any) -> Any:
    if isinstance(value, list):
        return [_dumped(v) for v in value]
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else _nested(value)


def _nested(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _dumped(v) for k, v in value.items()}
    return value


def differences(place: str, old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    """List (place, old, new) where two nests of plain values differ; numbers count to nine digits."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [d for k in sorted({*old, *new}) for d in differences(f"{place}.{k}", old.get(k), new.get(k))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            d
            for i, (a, b) in enumerate(zip(old, new, strict=True))
            for d in differences(f"{place}[{i}]", a, b)
        ]
    if isinstance(old, int | float) and isinstance(new, int | float):
        return [] if math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=TOLERANCE) else [(place, old, new)]
    return [] if old == new else [(place, old, new)]
