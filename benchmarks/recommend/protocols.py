"""How a log is cut into what is learnt from and what is asked: the arithmetic of the protocols.

A task holds no answer but ``truth``; the folder written for contestants lacks it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recommend.logs import Log

ALL_QUESTIONS, DRAWN_QUESTIONS = 25_000, 10_000


@dataclass(frozen=True)
class Task:
    """Rows to learn from, and who is asked.

    Parameters
    ----------
    learn
        Positions of the log's rows.
    asked
        (q,) codes of the users that are asked.
    history
        (q,) object array: positions of the log's rows known when asking, oldest first.
    truth
        (q,) object array of str: the codes of the relevant items joined by spaces.
    now
        (q,) microseconds: when each question is asked, or None.
    views
        Name -> boolean mask over the questions that are reported on their own.
    """

    log: Log
    learn: np.ndarray
    asked: np.ndarray
    history: np.ndarray
    truth: np.ndarray
    now: np.ndarray | None = None
    views: dict[str, np.ndarray] = field(default_factory=dict)


def in_order(log: Log) -> np.ndarray:
    """Positions sorted by user, then by time, then as in the file."""
    place = np.arange(len(log.user))
    return np.lexsort((place, place if log.time is None else log.time, log.user))


def item_stratified(log: Log) -> Task:
    """The protocol of microsoft/recommenders: of each item, a random three quarters are learnt.

    ``RandomState(42)``, one number a row in the order of the file, rows sorted by item and
    number. Everything else a user took is relevant. What is asked lies between what is
    learnt, so there is no "later": times are left out, and rows stay in the file's order.
    """
    log = replace(log, time=None)
    drawn = np.random.RandomState(42).rand(len(log.item))
    order = np.lexsort((drawn, log.item))
    counts = np.bincount(log.item)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    learns = rank < np.round(0.75 * counts)[log.item[order]]
    return _task(log, np.sort(order[learns]), np.sort(order[~learns]))


def leave_last_out(log: Log) -> Task:
    """Ask for the last item of each user; everything before is the history."""
    order = in_order(log)
    last = np.flatnonzero(np.diff(log.user[order], append=-1))
    learn = np.delete(order, last)
    known = np.bincount(log.user[learn], minlength=log.users)[log.user[order[last]]] > 0
    asked = order[last][known]
    return _task(log, np.sort(learn), _few(asked))


def per_user(log: Log) -> Task:
    """Ask for the last fifth of each user's rows by time."""
    order = in_order(log)
    counts = np.bincount(log.user, minlength=log.users)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    learns = rank < np.round(0.8 * counts)[log.user[order]]
    return _task(log, np.sort(order[learns]), np.sort(order[~learns]))


def global_time(log: Log) -> Task:
    """Ask everybody who appears in the last fifth of all rows; no history means a cold start."""
    if log.time is None:
        raise ValueError(f"{log.name} has no times")
    order = np.argsort(log.time, kind="stable")
    cut = round(0.8 * len(order))
    test = order[cut:]
    test = test[np.isin(log.user[test], _few(np.unique(log.user[test])))]
    made = _task(log, np.sort(order[:cut]), np.sort(test), "cut")
    warm = np.array([len(history) > 0 for history in made.history])
    return Task(log, made.learn, made.asked, made.history, made.truth, made.now, {"warm users only": warm})


def _few(asked: np.ndarray) -> np.ndarray:
    """All that could be asked; beyond 25,000 a seeded draw of 10,000 says as much."""
    if len(asked) <= ALL_QUESTIONS:
        return asked
    return np.sort(np.random.default_rng(0).permutation(asked)[:DRAWN_QUESTIONS])


def _task(log: Log, learn: np.ndarray, test: np.ndarray, now: str = "own") -> Task:
    """Histories from the learning rows; ``now`` is each one's first test row ("own"), or the cut."""
    order = in_order(log)
    learns = np.zeros(len(log.user), dtype=bool)
    learns[learn] = True
    known = order[learns[order]]
    starts = np.searchsorted(log.user[known], np.arange(log.users + 1))
    asked = np.unique(log.user[test])
    history, truth = np.empty(len(asked), dtype=object), np.empty(len(asked), dtype=object)
    test = test[np.argsort(log.user[test], kind="stable")]
    bounds = np.searchsorted(log.user[test], [asked, asked + 1]).T
    for place, (user, (first, end)) in enumerate(zip(asked, bounds, strict=True)):
        history[place] = known[starts[user] : starts[user + 1]]
        truth[place] = " ".join(map(str, np.unique(log.item[test[first:end]])))
    when = None
    if log.time is not None:
        if now == "own":
            when = np.array([log.time[test[first:end]].min() for first, end in bounds])
        else:
            when = np.full(len(asked), log.time[learn].max())
    return Task(log, learn, asked, history, truth, when)


def write(task: Task, folder: Path) -> None:
    """Write what contestants may see: ``task.npz`` and ``facts.json``."""
    log = task.log
    flat = np.concatenate([*task.history, np.empty(0, dtype=np.int64)]).astype(np.int64)
    kept: dict[str, Any] = {
        "users": log.users,
        "items": log.items,
        "user": log.user[task.learn],
        "item": log.item[task.learn],
        "asked": task.asked,
        "sizes": np.array([len(rows) for rows in task.history], dtype=np.int64),
        "history": log.item[flat],
    }
    for name, column in (("time", log.time), ("value", log.value)):
        if column is not None:
            kept |= {name: column[task.learn], f"history_{name}": column[flat]}
    if task.now is not None:
        kept["now"] = task.now
    np.savez(folder / "task.npz", **kept)
    facts = {"items": log.item_facts, "users": log.user_facts}
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


PROTOCOLS: dict[str, tuple[str, Callable[[Log], Task]]] = {
    "ratings": ("ml-100k", item_stratified),
    "next": ("ml-100k", leave_last_out),
    "time": ("ml-100k", global_time),
    "per-user": ("ml-100k", per_user),
    "beauty": ("beauty", leave_last_out),
    "filmtrust": ("filmtrust", item_stratified),
    "tafeng": ("tafeng", leave_last_out),
    "tafeng-time": ("tafeng", global_time),
}
