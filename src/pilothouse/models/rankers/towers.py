"""Two towers: items by their attributes and texts, users by their history and attributes.

Both towers end in vectors of one length, whose inner product is the score; so an item
that nobody has taken has one too. Categories and words are hashed into one table of
embeddings (Chinese and Japanese by pairs of characters). What an item was called is
known to the network in part of the steps only, so that it learns to do without. It is
trained with the extra ``deep``; answering needs numpy alone.

References
----------
Yi et al., "Sampling-bias-corrected neural modeling for large corpus item
recommendations", 2019. Leaving the item's own number out: Volkovs, Yu and Poutanen,
"DropoutNet: addressing cold start in recommender systems", 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.lazy import require
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.rankers.hashing import PLACES, Hashed
from pilothouse.models.ranking import Codes, Interactions, Matrix, Ranker, history_matrix
from pilothouse.models.training import Lesson, Taught, Trained, TrainingPlan, train
from pilothouse.types import Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_WIDTH = 64
_HISTORY = 32
_EPOCHS = 15
_BATCH = 512
_PATIENCE = 4
_MOST_EXAMPLES = 200_000
_CHECKS = 2_000
_SHARPNESS = 20.0
_FORGOTTEN = 0.3
# CPU seconds of one example in one epoch, measured on 75,000 interactions of 1,682 items.
_EXAMPLE_S = 4.5e-5


@dataclass(frozen=True)
class Towers(Candidate):
    """Two towers over attributes and texts.

    Parameters
    ----------
    items, repeats
        As ``Ranker`` has them.
    described
        Whether items have an attribute or a text.
    epochs
        The most passes over the interactions.
    """

    items: int
    repeats: bool
    described: bool
    epochs: int = _EPOCHS
    name: ClassVar[str] = "towers"
    label: ClassVar[Message] = say("rankers.towers")
    rank: ClassVar[int] = 20
    extra: ClassVar[str | None] = "deep"
    needs_module: ClassVar[str | None] = "torch"

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline without attributes and texts, or beyond memory or time."""
        return decline(self.cost(shape), budget_s) if self.described else say("rankers.no_attributes")

    def cost(self, shape: Shape) -> Cost:
        """Grow with interactions, up to the number of them that is learnt from."""
        examples = min(shape.rows, _MOST_EXAMPLES)
        memory = 350.0 + 1e-6 * (examples * 8 * _HISTORY + shape.items * 4 * (8 * _WIDTH + PLACES))
        return Cost(2.0 + self.epochs * _EXAMPLE_S * examples + 1e-4 * shape.items, memory)

    def build(self, parameters: Parameters) -> TowersModel:
        """Make an unfitted model."""
        return TowersModel(self.items, self.repeats, {"epochs": self.epochs, **parameters})


@dataclass(frozen=True)
class TowersModel(Ranker):
    """Vectors of all items, and the user's tower as plain arrays.

    Parameters
    ----------
    settings
        ``epochs``.
    cut_short
        Whether training ended because its epochs were over.
    asked
        How the user's attributes are read.
    arrays
        ``entered`` and ``vectors`` (items, width): an item as a history holds it, and
        as it is scored; the rest are weights of the user's tower.
    trained
        Its curves, an entry an epoch.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    cut_short: bool = False
    asked: Hashed | None = None
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)
    trained: Trained = field(default_factory=Trained, repr=False, compare=False)
    kind: ClassVar[str] = "towers"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn to tell the item taken from those that others took; last items check."""
        torch = require("torch", extra="deep")
        taken = Interactions.of(data).ordered()
        items, users = data.tables["items"], data.tables["users"]
        read, asked = Hashed.learn(items), Hashed.learn(users)
        seen = np.bincount(taken.item, minlength=self.items)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(context.seed)
            network = towers_network(read.read(items), asked.read(users), seen)
        learn, check = _examples(taken, np.random.default_rng(context.seed))
        plan = TrainingPlan(
            epochs=int(self.settings.get("epochs", _EPOCHS)),
            batch=_BATCH,
            rate=float(self.settings.get("rate", 1e-3)),
            weight_decay=float(self.settings.get("weight_decay", 0.1)),
            patience=_PATIENCE,
            warm_share=0.1,
        )
        tensors = [[torch.from_numpy(one) for one in part] for part in (learn, check)]
        lesson = Lesson(tensors[0], tensors[1] if len(check[0]) else None, _own_item)
        done = train(network, lesson, plan, context)
        arrays = _answering(network, self.items)
        cut_short = done.epochs >= plan.epochs
        return replace(self, cut_short=cut_short, asked=asked, arrays=arrays, trained=done)

    @property
    def taught(self) -> tuple[Taught, ...]:
        """How it learnt, for the reader."""
        return (Taught(say("rankers.towers"), say("learning.histories"), self.trained),)

    def scores(self, requests: Table) -> Matrix:
        """Score all items, (n, items); those that nobody has taken among them."""
        if self.asked is None:
            raise RuntimeError("scores before fit")
        own = self.arrays
        taken = history_matrix(_latest(requests), self.items)
        sizes = np.maximum(1, np.diff(taken.indptr))[:, None]
        history = (taken @ own["entered"]) / sizes
        places, numbers = self.asked.read(requests)
        attributes = _bagged(own["places"], places) + numbers @ own["numbers"]
        entered = np.concatenate([history, attributes], axis=1).astype(np.float32)
        inner = np.maximum(entered @ own["first"].T + own["first_offset"], 0.0)
        vector = history + inner @ own["second"].T + own["second_offset"]
        vector /= np.maximum(1e-6, np.linalg.norm(vector, axis=1, keepdims=True))
        found: Matrix = (vector @ own["vectors"].T).astype(np.float32)
        return found

    def save(self, folder: Path) -> None:
        """Write JSON and npz."""
        if self.asked is None:
            raise RuntimeError("save before fit")
        state = {"items": self.items, "repeats": self.repeats, "settings": dict(self.settings)}
        state |= {"cut_short": self.cut_short, "asked": self.asked.state(), "trained": self.trained.state()}
        save_file(folder / "towers.json", state, "json")
        save_file(folder / "towers.npz", self.arrays, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "towers.json", "json")
        asked, trained = Hashed.restore(state.pop("asked")), Trained.restore(state.pop("trained", {}))
        return cls(**state, asked=asked, trained=trained, arrays=load_file(folder / "towers.npz", "arrays"))


def towers_network(items: tuple[Codes, Matrix], users: tuple[Codes, Matrix], seen: NDArray[np.int64]) -> Any:
    """Make both towers: histories (n, h), users (n,) and targets (n,) -> (n, n) margins.

    Parameters
    ----------
    items, users
        What ``Hashed.read`` returns of the tables.
    seen
        (items,) how often each item was taken.
    """
    torch = require("torch", extra="deep")
    nn, functional = torch.nn, torch.nn.functional

    class Towers(nn.Module):  # type: ignore[misc, name-defined]
        """Item rows are codes + 1; row 0 is no item."""

        def __init__(self) -> None:
            super().__init__()
            self.item = _reading(*(np.concatenate([np.zeros_like(one[:1]), one]) for one in items))
            self.user = _reading(*users)
            self.own = nn.Embedding(len(seen) + 1, _WIDTH, padding_idx=0)
            nn.init.zeros_(self.own.weight)
            self.up = nn.Sequential(nn.Linear(_WIDTH, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, _WIDTH))
            self.first, self.second = nn.Linear(2 * _WIDTH, 2 * _WIDTH), nn.Linear(2 * _WIDTH, _WIDTH)
            share = torch.from_numpy((seen + 1.0) / (seen + 1.0).sum())
            self.register_buffer("rarity", torch.log(share).float(), persistent=False)

        def entered(self, rows: Any) -> Any:
            own = self.own(rows)
            if self.training:
                own = own * (torch.rand(len(rows), 1) >= _FORGOTTEN)
            return self.item(rows) + own

        def scored(self, entered: Any) -> Any:
            return functional.normalize(entered + self.up(entered), dim=1)

        def asked(self, history: Any, user: Any) -> Any:
            inner = torch.relu(self.first(torch.cat([history, self.user(user)], dim=1)))
            return functional.normalize(history + self.second(inner), dim=1)

        def forward(self, history: Any, user: Any, target: Any) -> Any:
            none = torch.zeros(1, dtype=torch.int64)
            rows, place = torch.unique(torch.cat([none, history.flatten(), target + 1]), return_inverse=True)
            entered = self.entered(rows)
            before = place[1 : 1 + history.numel()].view(history.shape)
            pooled = functional.embedding_bag(before, entered, mode="mean", padding_idx=0)
            items = self.scored(entered[place[-len(target) :]])
            margins = _SHARPNESS * self.asked(pooled, user) @ items.T - self.rarity[target]
            same = (target[:, None] == target) & ~torch.eye(len(target), dtype=torch.bool)
            return margins.masked_fill(same, -1e9)

    return Towers()


def _reading(places: Codes, numbers: Matrix) -> Any:
    """Make what reads attributes of the rows asked for: (n,) -> (n, width)."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Reading(nn.Module):  # type: ignore[misc, name-defined]
        """Attributes -> vectors: the mean over hashed places, and numbers by weights."""

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("places", torch.from_numpy(places), persistent=False)
            self.register_buffer("numbers", torch.from_numpy(numbers), persistent=False)
            self.table = nn.EmbeddingBag(PLACES + 1, _WIDTH, mode="mean", padding_idx=0)
            self.weights = nn.Parameter(torch.zeros(numbers.shape[1], _WIDTH))
            nn.init.normal_(self.table.weight, std=0.1)
            with torch.no_grad():
                self.table.weight[0] = 0.0

        def forward(self, rows: Any) -> Any:
            return self.table(self.places[rows]) + self.numbers[rows] @ self.weights

    return Reading()


def _answering(network: Any, items: int) -> dict[str, Any]:
    """What answers are made of: vectors of all items, and weights of the user's tower."""
    torch = require("torch", extra="deep")
    parts = torch.arange(1, items + 1).split(8_192)
    with torch.no_grad():
        entered = torch.cat([network.entered(part) for part in parts])
        vectors = torch.cat([_SHARPNESS * network.scored(part) for part in entered.split(8_192)])
    made = {
        "entered": entered,
        "vectors": vectors,
        "places": network.user.table.weight,
        "numbers": network.user.weights,
        "first": network.first.weight,
        "first_offset": network.first.bias,
        "second": network.second.weight,
        "second_offset": network.second.bias,
    }
    return {name: one.detach().numpy() for name, one in made.items()}


def _own_item(margins: Any, target: Any) -> Any:
    """Cross-entropy of each row against its own column."""
    torch = require("torch", extra="deep")
    return torch.nn.functional.cross_entropy(margins, torch.arange(len(target)))


def _examples(taken: Interactions, drawn: np.random.Generator) -> tuple[list[Codes], list[Codes]]:
    """Each interaction with those before it; ``taken`` is sorted by user and time.

    Returns
    -------
    tuple
        To learn from and to check with, the last interaction of some users: histories
        (n, h) codes + 1, users, targets, targets.
    """
    size = np.bincount(taken.user, minlength=taken.users)
    ends = np.cumsum(size)
    place = np.arange(len(taken.user)) - (ends - size)[taken.user]
    last = place == size[taken.user] - 1
    checks = np.flatnonzero(last & (place > 1))
    checks = drawn.permutation(checks)[: min(_CHECKS, len(checks) // 2)]
    rest = np.setdiff1d(np.arange(len(taken.user)), checks)
    if len(rest) > _MOST_EXAMPLES:
        rest = np.sort(drawn.choice(rest, _MOST_EXAMPLES, replace=False))

    def made(rows: NDArray[np.int64]) -> list[Codes]:
        back = np.arange(_HISTORY, 0, -1)
        where = rows[:, None] - back
        known = np.where(back <= place[rows][:, None], taken.item[np.maximum(where, 0)] + 1, 0)
        return [known, taken.user[rows], taken.item[rows], taken.item[rows]]

    return made(rest), made(np.sort(checks))


def _latest(requests: Table) -> Table:
    """Cut histories to what learning has seen of them."""
    cut = np.empty(requests.rows, dtype=object)
    cut[:] = [history[-_HISTORY:] for history in requests["history"]]
    return requests.put(requests.column("history"), cut)


def _bagged(table: Matrix, places: Codes) -> Matrix:
    """Mean of the embeddings at each row's places, 0 left out."""
    count = np.maximum(1, (places > 0).sum(axis=1, keepdims=True))
    summed: Matrix = table[places].sum(axis=1) / count
    return summed
