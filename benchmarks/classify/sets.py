"""The sets: what is learnt from, what is asked, and what lies outside of every label.

``PILOTHOUSE_DATA`` names the folder. ChnSentiCorp's test part has 333 texts that stand in
its learning part as well; ``test-clean.csv`` has them removed, and only that is asked.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pilothouse.types import Column, Kind, Role, Table

Pairs = list[tuple[str, str]]


def home() -> Path:
    """The folder of data."""
    return Path(os.environ.get("PILOTHOUSE_DATA", "data"))


@dataclass(frozen=True)
class Texts:
    """One set.

    Parameters
    ----------
    learn, ask
        (text, label) to learn from and to be asked.
    strangers
        (to learn from, to choose a limit on, to be asked): texts outside of every label.
    choose
        Pairs to choose a limit on; empty where none is chosen.
    """

    name: str
    learn: Pairs = field(repr=False)
    ask: Pairs = field(repr=False)
    choose: Pairs = field(default_factory=list, repr=False)
    strangers: tuple[list[str], list[str], list[str]] = field(default=([], [], []), repr=False)

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels in order."""
        return tuple(sorted({label for _, label in self.learn}))

    def few(self, shots: int, seed: int) -> Pairs:
        """Draw so many texts of each label."""
        order = np.random.default_rng(seed).permutation(len(self.learn))
        found: dict[str, Pairs] = {}
        for place in order.tolist():
            text, label = self.learn[place]
            if len(found.setdefault(label, [])) < shots:
                found[label].append((text, label))
        return [pair for label in self.classes for pair in found[label]]


def table_of(pairs: Pairs, classes: tuple[str, ...]) -> Table:
    """Lay pairs out as a table with a target."""
    texts, labels = np.empty(len(pairs), dtype=object), np.empty(len(pairs), dtype=object)
    texts[:] = [text for text, _ in pairs]
    labels[:] = [label for _, label in pairs]
    target = Column("label", Kind.CATEGORY, Role.TARGET, distinct=len(classes), classes=classes)
    return Table((Column("text", Kind.TEXT, Role.TEXT), target), {"text": texts, "label": labels})


def reviews() -> Texts:
    """Chinese hotel, book and laptop reviews: good or bad."""

    def read(name: str) -> Pairs:
        with (home() / "chnsenticorp" / name).open(encoding="utf-8", newline="") as file:
            return [(row["text"], row["label"]) for row in csv.DictReader(file)]

    return Texts("chnsenticorp", read("train.csv"), read("test-clean.csv"))


def sentences() -> Texts:
    """English film sentences: good or bad."""

    def read(name: str) -> Pairs:
        lines = (home() / "sst2" / name).read_text(encoding="utf-8").splitlines()
        return [(text, label) for text, _, label in (line.rpartition("\t") for line in lines)]

    return Texts("sst2", read("train.tsv"), read("test.tsv"))


def intents() -> Texts:
    """English requests of 150 intents, and some of none."""
    kept = json.loads((home() / "clinc150" / "data_full.json").read_text(encoding="utf-8"))

    def pairs(part: str) -> Pairs:
        return [(text, label) for text, label in kept[part]]

    def outside(part: str) -> list[str]:
        return [text for text, _ in kept[part]]

    strangers = (outside("oos_train"), outside("oos_val"), outside("oos_test"))
    return Texts("clinc150", pairs("train"), pairs("test"), pairs("val"), strangers)


def questions() -> Texts:
    """English questions to a bank, by topic; equal questions once, a fifth drawn to be asked."""
    with (home() / "bank-faq" / "BankFAQs.csv").open(encoding="utf-8", newline="") as file:
        once = {
            row["Question"].strip().lower(): (row["Question"], row["Class"]) for row in csv.DictReader(file)
        }
    pairs = [once[key] for key in sorted(once)]
    order = np.random.default_rng(0).permutation(len(pairs)).tolist()
    cut = len(pairs) // 5
    return Texts("bank-faq", [pairs[i] for i in order[cut:]], [pairs[i] for i in order[:cut]])


SETS: dict[str, Callable[[], Texts]] = {
    "chnsenticorp": reviews,
    "sst2": sentences,
    "clinc150": intents,
    "bank-faq": questions,
}


def sets() -> Iterator[Texts]:
    """Every set whose folder is there."""
    for name, read in SETS.items():
        if (home() / name).is_dir():
            yield read()
