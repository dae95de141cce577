"""Run one contestant in a process of its own: ``python -m benchmarks.recommend.contestant JSON``.

Reads the folder that ``protocols.write`` made, which holds no answer; writes the lists as
npy and prints what it took. Everybody works on one thread, so CPU seconds compare.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recommend.peers import PEERS, Declined, Given, read

PLACES = 10
BUDGET_S = 3_600.0
HOMES = ("popularity", "neighbours", "ease", "transitions", "factors", "towers", "attention", "mixture")
"""Modules of ``pilothouse.models.rankers`` that hold candidates."""


def ours() -> dict[str, Any]:
    """Candidate classes by name, and None under the name of a module that is not there."""
    from pilothouse.types import Candidate

    found: dict[str, Any] = {}
    for home in HOMES:
        try:
            module = importlib.import_module(f"pilothouse.models.rankers.{home}")
        except ModuleNotFoundError as fault:
            if fault.name != f"pilothouse.models.rankers.{home}":
                raise
            found[home] = None
            continue
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Candidate) and kind.__module__ == module.__name__ and hasattr(kind, "name"):
                found[kind.name] = kind
    return found


def data_of(given: Given, facts: dict[str, Any]) -> tuple[Any, Any]:
    """What our models learn from, and what they are asked."""
    from pilothouse.types import Column, Data, Kind, Role, Table

    def ids(size: int) -> np.ndarray:
        return np.array([f"{code:06d}" for code in range(size)], dtype=object)

    def described(first: Any, size: int, own: dict[str, Any]) -> Table:
        table = Table((first,), {first.name: ids(size)}, name=first.name)
        for name, (kind, values) in own.items():
            made = np.array(values, dtype=np.float64 if kind == "number" else object)
            table = table.put(Column(name, Kind(kind), Role.TEXT if kind == "text" else Role.FEATURE), made)
        return table

    items = described(Column("item_id", Kind.CATEGORY, Role.ITEM), given["items"], facts["items"])
    users = described(Column("user_id", Kind.CATEGORY, Role.USER), given["users"], facts["users"])
    rows = Table((), {})
    for name, role in (("user", Role.USER), ("item", Role.ITEM), ("value", Role.VALUE)):
        if name in given:
            rows = rows.put(Column(name, Kind.NUMBER, role), given[name].astype(np.float64))
    if "time" in given:
        rows = rows.put(Column("time", Kind.TIME, Role.TIME), given["time"].astype("datetime64[us]"))
    asked = Table((), {}).put(Column("user", Kind.CATEGORY, Role.USER), users["user_id"][given["asked"]])
    for name, source, role in (
        ("history", "history", Role.ITEM),
        ("value", "history_value", Role.VALUE),
        ("time", "history_time", Role.TIME),
    ):
        if source in given:
            asked = asked.put(Column(name, Kind.SEQUENCE, role), _cut(given[source], given["starts"]))
    if "now" in given:
        asked = asked.put(Column("now", Kind.TIME), given["now"].astype("datetime64[us]"))
    for column in users.columns[1:]:
        asked = asked.put(column, users[column.name][given["asked"]])
    return Data({"rows": rows, "items": items, "users": users}), asked


def _cut(flat: np.ndarray, starts: np.ndarray) -> np.ndarray:
    parts = np.empty(len(starts) - 1, dtype=object)
    for place in range(len(parts)):
        parts[place] = flat[starts[place] : starts[place + 1]]
    return parts


def ask_ours(name: str, given: Given, folder: Path) -> tuple[np.ndarray, float, float]:
    """Fit a candidate as the scenario offers it, and list; what it declines, it declines in its own words."""
    from pilothouse.scenarios.recommend import Recommend, RecommendOptions
    from pilothouse.types import Context, Shape

    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    data, asked = data_of(given, facts)
    offered = {c.name: c for c in Recommend(RecommendOptions(), None).candidates(data)}
    if name not in offered:
        raise Declined("not offered for data of this kind")
    candidate = offered[name]
    count = {c: sum(k == c for k, _ in facts["users"].values()) for c in ("number", "category")}
    shape = Shape(
        data.rows, count["number"], count["category"], 0, users=given["users"], items=given["items"]
    )
    reason = candidate.feasible(shape, BUDGET_S)
    if reason is not None:
        raise Declined(reason.text("en"))
    context = Context(seed=0, threads=1)
    started = time.process_time()
    model = candidate.build({}).fit(data, context)
    fitted = time.process_time()
    answers = model.predict(asked, context)["item"][:, :PLACES]
    return answers, fitted - started, time.process_time() - fitted


def ask_peer(name: str, given: Given) -> tuple[np.ndarray, float, float]:
    """Fit a peer and list."""
    started = time.process_time()
    ask = PEERS[name](given, PLACES)
    fitted = time.process_time()
    lists = ask()
    if "seconds" in given:
        return lists, *given["seconds"]
    return lists, fitted - started, time.process_time() - fitted


def _warm_up(deep: bool) -> None:
    """Import what fits import inside, so that nobody's seconds are those of reading a library."""

    for heavy in (
        "scipy.linalg",
        "scipy.sparse.linalg",
        "sklearn.decomposition",
        "implicit.als",
        "implicit.bpr",
        "implicit.nearest_neighbours",
    ):
        try:
            importlib.import_module(heavy)
        except ModuleNotFoundError:
            continue
    if deep:
        importlib.import_module("torch").set_num_threads(1)


def main() -> int:
    """Do what the JSON on the command line says."""
    said = json.loads(sys.argv[1])
    folder = Path(said["folder"])
    given = read(folder)
    try:
        kind = ours()[said["name"]] if said["ours"] else None
        _warm_up(kind is not None and kind.extra == "deep")
        if kind is not None:
            lists, fit_s, ask_s = ask_ours(said["name"], given, folder)
        else:
            lists, fit_s, ask_s = ask_peer(said["name"], given)
    except Declined as reason:
        print(json.dumps({"declined": str(reason)}))
        return 0
    np.save(said["lists"], lists)
    print(json.dumps({"fit_s": fit_s, "ask_s": ask_s}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
