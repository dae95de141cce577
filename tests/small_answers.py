"""A product whose release answers from a small FAQ of two tenants, made without the pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.retrieval.small_corpus import ROWS, passages
from pilothouse.models.retrieval.answerer import AnswerModel, How
from pilothouse.models.retrieval.index import Index
from pilothouse.models.retrieval.refusal import COVERED, Refusal
from pilothouse.scenarios.answer.release import ServedAnswers
from pilothouse.steps.deploy.release import ship
from pilothouse.store.state import Run, State

USE = "help"


def answerer(scope: str = "tenant") -> ServedAnswers:
    """Answers where a passage holds half of what is asked."""
    index = Index.of(passages())
    plain = Refusal.never(index.signals)
    assert index.signals > COVERED
    rule = Refusal(plain.centre, plain.spread, plain.slope, plain.offset, 0.5)
    models = [
        AnswerModel(How(d), index, np.arange(len(ROWS)), r) for d, r in (("rule", rule), ("never", plain))
    ]
    return ServedAnswers(models[0], models[1], scope)


def answering(folder: Path) -> Path:
    """Write and ship a release; return the product."""
    product = folder / "product"
    model = product / ".pilothouse" / "runs" / USE / "run-1" / "model"
    model.mkdir(parents=True)
    answerer().save(model)
    state = State(product / ".pilothouse" / "state.db")
    state.record_run(Run(USE, "run-1", "2025-01-02T03:04:05+00:00", "done", "pilot"))
    ship(state, product, USE, "run-1")
    state.close()
    return product
