"""Why an item stands in a list: what of the history lifts it, found by taking it away.

True to any model by construction: each item of the history is left out in turn and the
model is asked again; what is cited together is taken away together once more, and only
cited where the score falls. No model's inside is read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.models.ranking import Ranker
from pilothouse.types import Kind, Table

LOOKED_AT = 30
"""Latest items of a history that may be cited."""
CITED = 2


def because(model: Ranker, request: Table, codes: list[int]) -> list[list[int]]:
    """Find for each of ``codes`` the items of the one request's history that lift it most.

    Returns
    -------
    list
        For each code at most two items, the strongest first; empty where nothing lifts it.
    """
    history = request["history"][0]
    places = list(range(max(0, len(history) - LOOKED_AT), len(history)))
    if not places or not codes:
        return [[] for _ in codes]
    whole = model.scores(request)[0, codes]
    drops = whole[np.newaxis] - model.scores(_without(request, [[p] for p in places]))[:, codes]
    chosen = [_strongest(drops[:, column]) for column in range(len(codes))]
    pairs = [[places[p] for p in found] for found in chosen]
    left = model.scores(_without(request, pairs))[np.arange(len(codes)), codes]
    found = []
    for cited, before, after in zip(pairs, whole.tolist(), left.tolist(), strict=True):
        kept = cited if after < before else cited[:1]
        found.append([int(history[p]) for p in kept])
    return found


def worded(names: list[str]) -> Message:
    """Say it in plain words."""
    if not names:
        return say("recommend.because_popular")
    if len(names) == 1 or names[0] == names[1]:
        return say("recommend.because_one", item=names[0])
    return say("recommend.because_two", item=names[0], other=names[1])


def _strongest(drops: NDArray[np.float32]) -> list[int]:
    order = np.argsort(-drops, kind="stable")[:CITED]
    return [int(p) for p in order if drops[p] > 0]


def _without(request: Table, left_out: list[list[int]]) -> Table:
    """Repeat the request, each time without some places of its history."""
    count = len(left_out)
    values = {}
    for column in request.columns:
        own = request[column.name]
        if column.kind is Kind.SEQUENCE:
            held = np.empty(count, dtype=object)
            for row, places in enumerate(left_out):
                held[row] = np.delete(own[0], places)
            values[column.name] = held
        else:
            values[column.name] = np.repeat(own, count)
    return Table(request.columns, values)
