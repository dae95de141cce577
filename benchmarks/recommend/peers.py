"""What a practitioner would write or call: a popular list, 15 lines of EASE, ``implicit``.

Each takes what ``read`` returns and the number of places, and returns a function that
lists them: fitting and asking are timed apart. Parameters are one set for all logs, those
that are published for the first. A user without history gets the popular list.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Given = dict[str, Any]
List = Callable[[], np.ndarray]

CORNAC = "cornac==3.0.1"
MOST_ITEMS = 13_000
"""EASE inverts items x items: beyond this a user of two cores and an hour would not."""


class Declined(Exception):
    """A contestant does not take this task; the message says why."""


def read(folder: Path) -> Given:
    """Read ``task.npz``; adds the learning matrix, the histories as a matrix, and their parts."""
    from scipy.sparse import csr_matrix

    given: Given = dict(np.load(folder / "task.npz"))
    given["users"], given["items"] = int(given["users"]), int(given["items"])
    shape = (given["users"], given["items"])
    matrix = csr_matrix(
        (np.ones(len(given["user"]), dtype=np.float32), (given["user"], given["item"])), shape
    )
    matrix.data[:] = 1.0
    given["matrix"] = matrix
    given["starts"] = np.concatenate([[0], np.cumsum(given["sizes"])])
    return given


def top(scores: np.ndarray, places: int) -> np.ndarray:
    """Best ``places`` columns of each row, best first."""
    found = np.argpartition(-scores, places, axis=1)[:, :places]
    order = np.argsort(-np.take_along_axis(scores, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)


def _listed(given: Given, places: int, score: Callable[[Any, np.ndarray], np.ndarray]) -> np.ndarray:
    """Lists from scores: what the history holds is left out, a user without one gets the popular list."""
    popular = np.asarray(given["matrix"].sum(axis=0)).ravel()
    found = np.empty((len(given["asked"]), places), dtype=np.int64)
    for first in range(0, len(found), 1_000):
        part = np.arange(first, min(first + 1_000, len(found)))
        own = given["matrix"][given["asked"][part]]
        scores = np.asarray(score(own, part), dtype=np.float64)
        scores[given["sizes"][part] == 0] = popular
        scores[own.nonzero()] = -np.inf
        found[part] = top(scores, places)
    return found


def popular(given: Given, places: int) -> List:
    """What most users took."""
    counts = np.asarray(given["matrix"].sum(axis=0)).ravel()
    return lambda: _listed(given, places, lambda own, part: np.tile(counts, (len(part), 1)))


def ease(given: Given, places: int) -> List:
    """Steck (2019), Embarrassingly shallow autoencoders: the textbook lines, lambda 300."""
    if given["items"] > MOST_ITEMS:
        raise Declined(f"{given['items']} items are too many to invert")
    gram = (given["matrix"].T @ given["matrix"]).toarray().astype(np.float64)
    gram[np.diag_indices(len(gram))] += 300.0
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    weights[np.diag_indices(len(weights))] = 0.0
    return lambda: _listed(given, places, lambda own, part: own @ weights)


def neighbours(given: Given, places: int) -> List:
    """Item-item cosine: each item is scored by its 100 nearest."""
    from scipy.sparse import diags, hstack

    matrix = given["matrix"]
    together = (matrix.T @ matrix).tocsc()
    lengths = diags(1.0 / np.sqrt(np.maximum(together.diagonal(), 1.0)))
    near = (lengths @ together @ lengths).tocsc()
    near.setdiag(0.0)
    parts = []
    for first in range(0, given["items"], 1_000):
        part = near[:, first : first + 1_000].toarray()
        part[part < -np.sort(-part, axis=0)[min(99, len(part) - 1)]] = 0.0
        parts.append(type(near)(part))
    nearest = hstack(parts).tocsr()
    return lambda: _listed(given, places, lambda own, part: (own @ nearest).toarray())


def transitions(given: Given, places: int) -> List:
    """What followed within the next items of a sequence, weighted 1/distance; recent history counts most."""
    from scipy.sparse import coo_matrix

    place = np.arange(len(given["item"]))
    order = np.lexsort((place, given.get("time", place), given["user"]))
    user, item = given["user"][order], given["item"][order]
    follows: Any = 0.0
    for step in range(1, 11):
        same = user[step:] == user[:-step]
        pairs = (item[:-step][same], item[step:][same])
        weight = np.full(int(same.sum()), 1.0 / step)
        follows = follows + coo_matrix((weight, pairs), shape=(given["items"],) * 2).tocsr()
    taken = np.maximum(np.bincount(item, minlength=given["items"]), 1)
    follows = follows.multiply(1.0 / np.sqrt(taken)[None, :]).multiply(1.0 / np.sqrt(taken)[:, None]).tocsr()

    def score(own: Any, part: np.ndarray) -> np.ndarray:
        ends, sizes = given["starts"][part + 1], given["sizes"][part]
        recent = [
            given["history"][end - min(size, 10) : end][::-1] for end, size in zip(ends, sizes, strict=True)
        ]
        rows = np.repeat(np.arange(len(part)), [len(r) for r in recent])
        age = np.concatenate([np.arange(len(r)) for r in recent])
        codes = np.concatenate(recent).astype(np.int64)
        shape = (len(part), given["items"])
        return np.asarray((coo_matrix((0.7**age, (rows, codes)), shape=shape).tocsr() @ follows).todense())

    return lambda: _listed(given, places, score)


def _implicit(model: Any, given: Given, places: int, matrix: Any) -> List:
    model.fit(matrix, show_progress=False)

    def ask() -> np.ndarray:
        own = given["matrix"][given["asked"]]
        found, _ = model.recommend(given["asked"], own, N=places, filter_already_liked_items=True)
        cold = given["sizes"] == 0
        if cold.any():
            found[cold] = popular(given, places)()[cold]
        taken = np.asarray(own[np.arange(len(found))[:, None], found].todense()) > 0
        return np.where(taken, -1, found)  # where it has nothing to say it fills up with what the user took

    return ask


def implicit_als(given: Given, places: int) -> List:
    """implicit's ALS: 100 factors, regularisation 20, alpha 2, 20 rounds."""
    from implicit.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=100, regularization=20, alpha=2, iterations=20, random_state=0, num_threads=1
    )
    return _implicit(model, given, places, given["matrix"])


def implicit_bpr(given: Given, places: int) -> List:
    """implicit's BPR as it comes."""
    from implicit.bpr import BayesianPersonalizedRanking

    return _implicit(
        BayesianPersonalizedRanking(random_state=0, num_threads=1), given, places, given["matrix"]
    )


def implicit_items(given: Given, places: int) -> List:
    """implicit's item-item neighbours: cosine, 100 of them."""
    from implicit.nearest_neighbours import CosineRecommender

    return _implicit(CosineRecommender(K=100, num_threads=1), given, places, given["matrix"])


def cornac_bpr(given: Given, places: int) -> List:
    """cornac's BPR with microsoft/recommenders' parameters."""
    return _cornac("bpr", given, places)


def cornac_ease(given: Given, places: int) -> List:
    """cornac's EASE as it comes."""
    if given["items"] > MOST_ITEMS:
        raise Declined(f"{given['items']} items are too many to invert")
    return _cornac("ease", given, places)


def _cornac(model: str, given: Given, places: int) -> List:
    """Ask cornac in an environment of its own; its seconds come back through ``given["seconds"]``."""
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "asked.npz"
        kept = ("user", "item", "users", "items", "asked", "sizes")
        np.savez(asked, **{name: given[name] for name in kept})
        script = Path(__file__).with_name("cornac_lists.py")
        command = [str(environment(CORNAC)), str(script), model, str(asked), str(places)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"cornac {model} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        said = json.loads(done.stdout.strip().splitlines()[-1])
    given["seconds"] = (said["fit_s"], said["ask_s"])
    lists = np.array(said["lists"], dtype=np.int64)
    cold = given["sizes"] == 0
    if cold.any():
        lists[cold] = popular(given, places)()[cold]
    return lambda: lists


def environment(requirement: str) -> Path:
    """Python of an environment that holds one library from the registry, made where it is not there."""
    folder = Path(tempfile.gettempdir()) / "pilothouse-peers" / requirement.replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / "made").is_file():
        venv.create(folder, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", requirement]
        done = subprocess.run(install, stdout=sys.stderr)
        if done.returncode != 0:
            raise Declined(f"{requirement} could not be installed")
        (folder / "made").touch()
    return python


PEERS: dict[str, Callable[[Given, int], List]] = {
    "popular": popular,
    "EASE": ease,
    "item kNN": neighbours,
    "transitions kNN": transitions,
    "implicit ALS": implicit_als,
    "implicit BPR": implicit_bpr,
    "implicit items": implicit_items,
    "cornac BPR": cornac_bpr,
    "cornac EASE": cornac_ease,
}
