"""A small product whose release makes lists, for tests of the service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.messages import Message, say
from pilothouse.steps.deploy.asking import Ask, no_such_item
from pilothouse.steps.deploy.contract import row_type
from pilothouse.steps.deploy.release import ship
from pilothouse.store.state import Run, State
from pilothouse.types import Answers, Column, Kind, Role, Table

ITEMS = ("tea", "cup", "pot", "jar", "spoon", "茶壶")
SCHEMA = (Column("user", Kind.CATEGORY, Role.USER),)


class Answer(TypedDict):
    items: list[str]


class Picks:
    """The most popular items first; after what somebody took last, its neighbour leads."""

    schema = SCHEMA
    request_type = row_type(SCHEMA)
    answer_type = Answer
    header = ("items",)

    def __init__(self, items: list[str]) -> None:
        self._items = items
        self.asked: list[Ask] = []

    @staticmethod
    def load(folder: Path) -> Picks:
        return Picks(load_file(folder / "items.json", "json"))

    def predict(self, requests: Table) -> Answers:
        return Answers({})

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        return [{"items": self._items} for _ in range(requests.rows)]

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        return []

    def save(self, folder: Path) -> None:
        raise NotImplementedError

    def reasons(self, requests: Table) -> list[list[Message]]:
        return [[] for _ in range(requests.rows)]

    def recommend(self, ask: Ask) -> list[dict[str, Any]]:
        self.asked.append(ask)
        taken = [item for item, _, _ in ask.since if item in self._items]
        order = list(self._items)
        if taken:
            start = (self._items.index(taken[-1]) + 1) % len(order)
            order = order[start:] + order[:start]
        allowed = [i for i in order if i not in ask.exclude and i not in taken]
        if ask.only is not None:
            allowed = [i for i in allowed if i in ask.only]
        reason = say("service.op_similar").text(ask.language) if ask.reasons else None
        return [
            {"rank": rank, "item": item, "score": 1 / rank, "reason": reason}
            for rank, item in enumerate(allowed[: ask.k], 1)
        ]

    def similar(self, item: str, k: int) -> list[dict[str, Any]]:
        if item not in self._items:
            raise no_such_item()
        others = [i for i in self._items if i != item][:k]
        return [{"rank": rank, "item": other, "score": 1 / rank} for rank, other in enumerate(others, 1)]

    def audience(self, item: str, k: int) -> list[dict[str, Any]]:
        if item not in self._items:
            raise no_such_item()
        return [{"rank": rank, "user": f"user{rank}", "score": 1 / rank} for rank in range(1, min(k, 3) + 1)]


def picking(product: Path) -> Path:
    """Make a product with one release of the use case ``picks``."""
    model = product / ".pilothouse" / "runs" / "picks" / "run-1" / "model"
    model.mkdir(parents=True)
    save_file(model / "items.json", list(ITEMS), "json")
    write_manifest(model)
    state = State(product / ".pilothouse" / "state.db")
    state.record_run(Run("picks", "run-1", "2025-01-02T03:04:05+00:00", "done", "pilot"))
    ship(state, product, "picks", "run-1")
    state.close()
    return product
