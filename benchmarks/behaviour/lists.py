"""What a backbone is worth for lists: half of the people of MovieLens lend to the other half.

The sequence model of ``recommend`` learns from the histories of a few people, from nothing
or from a backbone of 443 others: their histories as ``recommend`` keeps them, or their
events as ``predict`` does. 200 people more are asked: their first four fifths are told,
and lists are met with the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.behaviour.worth import PLACES, Worth
from benchmarks.recommend.logs import Log
from benchmarks.recommend.logs import load as load_log
from pilothouse.models.networks.events import EventsShape
from pilothouse.models.pasts import FIRST, GAPS, ITEMS, TYPES, VALUES, Reading
from pilothouse.models.pretraining import gain_over_scratch
from pilothouse.models.pretraining.items import Start
from pilothouse.models.pretraining.pasts import learn_pasts, plan_for
from pilothouse.models.rankers.attention import Attention, Started
from pilothouse.models.training import Trained
from pilothouse.types import Column, Context, Data, Kind, Role, Table

load: Callable[[str], Log] = cache(load_log)
ASKED, LENDING, DEPTH, TOLD = 200, 443, 10, 0.8
COUNTS = (30, 100, 300)
Codes = NDArray[np.int64]


def of_histories(seeds: int) -> Worth:
    """Start from the network that ``recommend`` keeps."""
    return _worth(seeds, "histories", _from_histories)


def of_events(seeds: int) -> Worth:
    """Start from the network that ``predict`` keeps."""
    return _worth(seeds, "events", _from_events)


def _worth(seeds: int, what: str, lend: Callable[[Codes], tuple[Start, Trained]]) -> Worth:
    log = load("ml-100k")
    order = np.random.default_rng(0).permutation(log.users)
    lending, known, asked = np.split(order, [LENDING, log.users - ASKED])
    start, lesson = lend(lending)
    requests, later = _asked(asked)

    def answer(rows: Codes, pretrained: bool, seed: int) -> NDArray[np.float64]:
        candidate = Started(log.items, False, start=start) if pretrained else Attention(log.items, False)
        model = candidate.build({}).fit(_data(known[rows]), Context(seed=seed))
        items = model.predict(requests, Context(seed=seed))["item"][:, :DEPTH]
        return np.array([_ndcg(list(row), wanted) for row, wanted in zip(items, later, strict=True)])

    truths = np.zeros(len(known)), np.zeros(len(asked))
    gains = gain_over_scratch(truths, COUNTS, answer, lambda _, met: float(met.mean()), seeds=seeds)
    told = f"MovieLens 100k: {what} of {LENDING} people lend to fewer others; {ASKED} more are asked."
    return Worth(told, f"NDCG@{DEPTH}", lesson, gains, "people")


def _from_histories(people: Codes) -> tuple[Start, Trained]:
    model = Attention(load("ml-100k").items, False).build({}).fit(_data(people), Context())
    missed = [1.0 - score for score in model.trained.metrics]
    return Start.of(model.backbone()), replace(model.trained, history=missed)


def _from_events(people: Codes) -> tuple[Start, Trained]:
    log = load("ml-100k")
    names = (TYPES, ITEMS, GAPS, VALUES)
    columns: dict[str, NDArray[Any]] = {name: np.empty(len(people), dtype=object) for name in names}
    assert log.time is not None and log.value is not None
    for row, rows in enumerate(_histories(people)):
        seconds = np.diff(log.time[rows]) / 1e6
        columns[TYPES][row] = np.full(len(rows), FIRST, dtype=np.float32)
        columns[ITEMS][row] = (log.item[rows] + FIRST).astype(np.float32)
        columns[GAPS][row] = np.concatenate([[0.0], seconds, [0.0]]).astype(np.float32)
        columns[VALUES][row] = log.value[rows].astype(np.float32)
    words = {TYPES: ("rated",), ITEMS: _words()}
    described = tuple(Column(n, Kind.SEQUENCE, Role.PAST, classes=words.get(n, ())) for n in names)
    table = Table(described, columns)
    reading = Reading.learn([table], PLACES)
    shape = EventsShape(**{"dropout": 0.2, **reading.sizes}, window=PLACES + 1)
    backbone, done = learn_pasts([table], reading, shape, plan_for(len(people), 30, 2e-3), Context())
    return Start.of(backbone), done


def _words() -> tuple[str, ...]:
    return tuple(f"F{number}" for number in range(load("ml-100k").items))


def _histories(people: Codes) -> list[Codes]:
    """Rows of each person, the earliest first."""
    log = load("ml-100k")
    order = np.lexsort((np.arange(len(log.user)), log.time, log.user))
    whose = log.user[order]
    return [order[np.searchsorted(whose, one) : np.searchsorted(whose, one, "right")] for one in people]


def _data(people: Codes) -> Data:
    """Histories of ``people`` as ``recommend`` learns from them."""
    log, rows = load("ml-100k"), _histories(people)
    user = np.repeat(np.arange(len(people)), [len(own) for own in rows]).astype(np.float64)
    whole = np.concatenate(rows)
    columns = (
        Column("user", Kind.NUMBER, Role.USER, distinct=len(people)),
        Column("item", Kind.NUMBER, Role.ITEM, distinct=log.items),
        Column("time", Kind.TIME, Role.TIME),
    )
    assert log.time is not None
    time = log.time[whole].astype("datetime64[us]")
    taken = Table(columns, {"user": user, "item": log.item[whole].astype(np.float64), "time": time})
    items = Table((Column("id", Kind.CATEGORY, Role.ITEM),), {"id": np.array(_words(), dtype=object)})
    named = np.array([f"U{one}" for one in people], dtype=object)
    users = Table((Column("id", Kind.CATEGORY, Role.USER),), {"id": named})
    return Data({"rows": taken, "items": items, "users": users})


def _asked(people: Codes) -> tuple[Table, list[set[int]]]:
    """Requests with the first part of each history, and the items of the rest."""
    item, later = load("ml-100k").item, []
    history = np.empty(len(people), dtype=object)
    for row, rows in enumerate(_histories(people)):
        cut = int(len(rows) * TOLD)
        history[row] = item[rows[:cut]]
        later.append(set(item[rows[cut:]].tolist()))
    columns = (Column("user", Kind.CATEGORY, Role.USER), Column("history", Kind.SEQUENCE, Role.ITEM))
    return Table(columns, {"user": np.full(len(people), None, dtype=object), "history": history}), later


def _ndcg(items: list[float], wanted: set[int]) -> float:
    worth = 1.0 / np.log2(np.arange(2, DEPTH + 2))
    hits = np.array([int(item) in wanted for item in items])
    return float((worth * hits).sum() / worth[: min(DEPTH, len(wanted))].sum())
