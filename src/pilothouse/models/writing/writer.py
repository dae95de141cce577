"""What all writers share: learn which values are common, write a text for each item, hold it to the rules.

Answers of the contest are figures of each text, not the text: what passed, how much of the
row it tells, length, readability, cost, and a signature that tells near copies. The same
row always gets the same text, alone or among others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message
from pilothouse.models.writing.checks import CHECKS, Checked, check
from pilothouse.models.writing.facts import Item, items_of
from pilothouse.models.writing.likeness import PLACES, signature
from pilothouse.models.writing.rules import Rules
from pilothouse.types import Answers, Context, Data, Role, Table

_STATE = "writer.json"
_MOST_VALUES = 5_000
"""Different values remembered of one column."""


@dataclass(frozen=True)
class Written:
    """One text about one item.

    Parameters
    ----------
    text, variant
        What stands there, and which way of writing it is.
    checked
        What the checks say of it.
    by_model
        Whether a language model wrote it: then it must be labelled.
    refused
        What was wrong with a model's reply in whose place this text stands; empty where
        nothing was.
    cost
        Money that asking took.
    """

    text: str
    variant: str
    checked: Checked
    by_model: bool = False
    refused: tuple[str, ...] = ()
    cost: float = 0.0

    @property
    def stands(self) -> bool:
        """Whether it counts: it passes every check and stands in for nothing."""
        return self.checked.passed and not self.refused


@dataclass(frozen=True)
class Writer(ABC):
    """A way to write.

    Parameters
    ----------
    rules
        What texts are held to.
    common
        Of each column, how often each value came among the rows learnt from.
    rows
        How many those were; 0 before ``fit``.

    ``asks`` tells whether each text has to be asked of a language model.
    """

    rules: Rules = field(default_factory=Rules)
    common: Mapping[str, Mapping[str, int]] = field(default_factory=dict, repr=False)
    rows: int = 0
    kind: ClassVar[str]
    asks: ClassVar[bool] = False

    @abstractmethod
    def write(self, items: Sequence[Item], context: Context) -> list[Written]:
        """Write one text for each item."""

    @abstractmethod
    def sentence(self) -> Message:
        """Say what it does in words a PM can say."""

    def variants(self, items: Sequence[Item], context: Context) -> list[list[Written]]:
        """Every text that it would offer of each item, its own choice first."""
        return [[text] for text in self.write(items, context)]

    def fit(self, data: Data, context: Context) -> Self:
        """Count the values of each column."""
        items = items_in(data.table)
        counted: dict[str, Counter[str]] = {}
        for item in items:
            for fact in item.facts:
                counted.setdefault(fact.column, Counter())[fact.value] += 1
        common = {c: dict(values.most_common(_MOST_VALUES)) for c, values in counted.items()}
        return replace(self, common=common, rows=len(items))

    def predict(self, requests: Table, context: Context) -> Answers:
        """Write and tell each text's figures."""
        return figures_of(self.write(items_in(requests), context))

    def save(self, folder: Path) -> None:
        """Write one JSON file."""
        save_file(folder / _STATE, self.state(), "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        return cls.of(load_file(folder / _STATE, "json"))

    def state(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "rules": self.rules.state(),
            "common": {c: dict(v) for c, v in self.common.items()},
            "rows": self.rows,
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """Make one from what ``state`` gave."""
        rest = {k: v for k, v in state.items() if k != "rules"}
        return cls(rules=Rules.of(state["rules"]), **rest)

    def checked(self, text: str, variant: str, item: Item) -> Written:
        """Hold one text to the rules."""
        return Written(text, variant, check(text, item, self.rules))


def items_in(table: Table) -> list[Item]:
    """Read the rows; the column with the role item says what each is called."""
    return items_of(table, table.of_role(Role.ITEM)[0].name)


def figures_of(texts: Sequence[Written]) -> Answers:
    """Figures of texts, one row each."""
    found: dict[str, Any] = {
        "passed": np.array([float(t.stands) for t in texts]),
        **{f"ok_{name}": np.array([float(t.checked.holds(name)) for t in texts]) for name in CHECKS},
        "told": np.array([t.checked.told for t in texts]),
        "length": np.array([float(t.checked.length) for t in texts]),
        "readability": np.array([t.checked.readability for t in texts]),
        "refused": np.array([float(bool(t.refused)) for t in texts]),
        "cost": np.array([t.cost for t in texts]),
        "features": np.array([signature(t.text) for t in texts]).reshape(len(texts), PLACES),
    }
    return Answers(found)
