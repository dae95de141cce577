"""The tables: read as text, so that the product gets the very file a user would have.

Five lie in the folder that ``PILOTHOUSE_DATA`` names; two more of the same kind come out
of a registry wheel, so that nothing is fitted to the five.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pilothouse.demo.packages import ISLP, fetch

ADULT = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "native_country",
    "income",
]


@dataclass(frozen=True)
class Rows:
    """A table of text with its target; ``test`` is given where the data has its own test file."""

    name: str
    header: list[str]
    rows: list[list[str]]
    target: str
    positive: str
    test: list[list[str]] | None = None

    @property
    def truth(self) -> np.ndarray:
        """1 where the outcome happened, (n,)."""
        return self.truth_of(self.rows)

    def truth_of(self, rows: list[list[str]]) -> np.ndarray:
        """1 where the outcome happened in ``rows``."""
        place = self.header.index(self.target)
        return np.array([row[place] == self.positive for row in rows], dtype=np.int64)

    def without(self, column: str) -> Rows:
        """Leave one column out."""
        place = self.header.index(column)
        cut = [row[:place] + row[place + 1 :] for row in self.rows]
        return Rows(
            self.name, self.header[:place] + self.header[place + 1 :], cut, self.target, self.positive
        )


def load(name: str) -> Rows:
    """Read one table; KeyError for an unknown name, FileNotFoundError where it is not there."""
    return TABLES[name]()


def _root() -> Path:
    return Path(os.environ.get("PILOTHOUSE_DATA", "data"))


def _read(path: str, delimiter: str, target: str, positive: str, name: str) -> Rows:
    text = (_root() / path).read_text(encoding="utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    return Rows(name, header, [row for row in rows if row], target, positive)


def _adult() -> Rows:
    def lines(file: str) -> list[list[str]]:
        text = (_root() / "adult" / file).read_text(encoding="utf-8")
        read = csv.reader(io.StringIO(text), skipinitialspace=True)
        return [[*row[:-1], row[-1].rstrip(".")] for row in read if len(row) == len(ADULT)]

    return Rows("adult", ADULT, lines("adult-train.csv"), "income", ">50K", lines("adult-test.csv"))


def _bank() -> Rows:
    return _read("bank-marketing/bank-full.csv", ";", "y", "yes", "bank")


def _from_wheel(file: str, target: str, name: str) -> Rows:
    folder = Path(os.environ.get("PILOTHOUSE_WHEELS", Path(tempfile.gettempdir()) / "pilothouse-wheels"))
    fetch(ISLP, folder)
    header, *rows = csv.reader(io.StringIO((folder / file).read_text(encoding="utf-8-sig")))
    return Rows(name, header, rows, target, "Yes")


TABLES: dict[str, Callable[[], Rows]] = {
    "telco": lambda: _read("telco-churn/telco.csv", ",", "Churn", "Yes", "telco"),
    "german": lambda: _read("german-credit/credit.csv", ",", "default", "2", "german"),
    "shoppers": lambda: _read(
        "online-shoppers/online_shoppers_intention.csv", ";", "Revenue", "TRUE", "shoppers"
    ),
    "bank": lambda: _bank().without("duration"),
    "adult": _adult,
    "caravan": lambda: _from_wheel("Caravan.csv", "Purchase", "caravan"),
    "default": lambda: _from_wheel("Default.csv", "default", "default"),
    "bank-with-duration": _bank,
}
