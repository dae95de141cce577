"""Real pasts: who watched what, who bought when; as rows and events, prepared as the product does."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.personal import Pseudonyms
from pilothouse.steps.prepare.pasts import prepare_eventful
from pilothouse.steps.prepare.supervise import Prepared, Wish
from pilothouse.types import Column, Kind, Role, Table

PSEUDONYMS = Pseudonyms(b"a key for measurements")


def films() -> Prepared:
    """ml-100k: is a person a woman, by the films they rated? 943 people, 100,000 ratings."""
    folder = _root() / "ml-100k"
    people, rated = _lines(folder / "ml-100k.user"), _lines(folder / "ml-100k.inter")
    times = np.array([int(float(r[3])) for r in rated]).astype("datetime64[s]").astype("datetime64[us]")
    events = _table(
        who=(Role.USER, _words(r[0] for r in rated)),
        at=(Role.TIME, times),
        film=(Role.ITEM, _words(r[1] for r in rated)),
        stars=(Role.VALUE, np.array([float(r[2]) for r in rated])),
    )
    rows = _table(
        person=(Role.ID, _words(p[0] for p in people)),
        gender=(Role.TARGET, _words(p[2] for p in people)),
    )
    return prepare_eventful(rows, events, Wish("gender", positive="F"), PSEUDONYMS)


def customers() -> Prepared:
    """CDNOW: who of those that bought in the first nine months buys in the nine after?"""
    text = (_root() / "cdnow" / "CDNOW_sample.txt").read_text(encoding="ascii")
    bought = [line.split() for line in text.splitlines()]
    days = np.array([f"{b[2][:4]}-{b[2][4:6]}-{b[2][6:]}" for b in bought], dtype="datetime64[us]")
    early = days < np.datetime64("1997-10-01")
    first = [b for b, is_early in zip(bought, early, strict=True) if is_early]
    again = {b[0] for b, is_early in zip(bought, early, strict=True) if not is_early}
    known = sorted({b[0] for b in first})
    events = _table(
        who=(Role.USER, _words(b[0] for b in first)),
        at=(Role.TIME, days[early]),
        dollars=(Role.VALUE, np.array([float(b[4]) for b in first])),
    )
    rows = _table(
        customer=(Role.ID, _words(known)),
        again=(Role.TARGET, _words("yes" if k in again else "no" for k in known)),
    )
    return prepare_eventful(rows, events, Wish("again", positive="yes"), PSEUDONYMS)


def digits(part: str, most: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The first ``most`` pictures of MNIST's "train" or "t10k", and what they show."""
    folder = _root() / "mnist"
    pictures = _idx(folder / f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
    return pictures[:most], _idx(folder / f"{part}-labels-idx1-ubyte.gz", 8)[:most].astype(np.int64)


def _idx(path: Path, header: int) -> NDArray[np.uint8]:
    return np.frombuffer(gzip.decompress(path.read_bytes()), dtype=np.uint8, offset=header)


def _root() -> Path:
    return Path(os.environ.get("PILOTHOUSE_DATA", "data"))


def _lines(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]


def _words(values: Any) -> NDArray[Any]:
    listed = list(values)
    made = np.empty(len(listed), dtype=object)
    made[:] = listed
    return made


def _table(**given: tuple[Role, NDArray[Any]]) -> Table:
    kinds = {"O": Kind.CATEGORY, "f": Kind.NUMBER, "M": Kind.TIME}
    columns = tuple(
        Column(name, kinds[values.dtype.kind], role, distinct=len(set(values.tolist())))
        for name, (role, values) in given.items()
    )
    return Table(columns, {name: values for name, (_, values) in given.items()})
