"""What comes next in each history, by causal self-attention (SASRec).

Item and position embeddings, blocks of attention over what came before, and the next
item by its inner product with the item embeddings, learnt by the house's trainer with
cross-entropy over the catalogue (over a shared uniform draw of it where it is large).
Short histories are packed into rows, so that no time goes into padding. Needs the
extra ``deep``.

References
----------
Kang and McAuley, "Self-attentive sequential recommendation", 2018. Cross-entropy in
place of pairwise loss: Klenitskiy and Vasilev, "Turning dross into gold loss", 2023.
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
from pilothouse.models.networks.attention import block
from pilothouse.models.networks.weights import filled, weights_of
from pilothouse.models.rankers.packing import Packed
from pilothouse.models.ranking import Codes, Interactions, Matrix, Ranker
from pilothouse.models.training import Lesson, TrainingPlan, train
from pilothouse.types import Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_MOST_EPOCHS = 200
_FEWEST_EPOCHS = 4
_USUAL_EPOCHS = 32
_PATIENCE = 5
_DRAWN = 2_048
_AT_ONCE = 512
# CPU seconds of one interaction in one epoch, and of telling it apart from one item.
_EVENT_S, _EVENT_ITEM_S = 2.5e-5, 1.4e-8


@dataclass(frozen=True)
class AttentionShape:
    """Size of the network.

    Parameters
    ----------
    items
        Size of the catalogue.
    width, blocks, heads
        Numbers an item is described by, attention blocks, and heads in each.
    window
        The most items of a history that are looked at: the latest.
    dropout
        Share of inner numbers dropped while training.
    """

    items: int
    width: int = 64
    blocks: int = 2
    heads: int = 2
    window: int = 64
    dropout: float = 0.5


@dataclass(frozen=True)
class Attention(Candidate):
    """Self-attention over each history.

    Parameters
    ----------
    items, repeats
        As ``Ranker`` has them.
    epochs
        Passes over the interactions; None trains until the held-out last items are
        ranked no better, at most 200 times.
    """

    items: int
    repeats: bool
    epochs: int | None = None
    name: ClassVar[str] = "attention"
    label: ClassVar[Message] = say("rankers.attention")
    rank: ClassVar[int] = 21
    extra: ClassVar[str | None] = "deep"
    needs_module: ClassVar[str | None] = "torch"

    @property
    def cut_short(self) -> bool:
        """Whether the time, not the score, ends its training."""
        return self.epochs is not None

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def within(self, shape: Shape, budget_s: float) -> Attention:
        """Return the same candidate with as many epochs as ``budget_s`` seconds hold.

        It stays as it is when the usual number fits; and never has fewer than a few,
        with which ``feasible`` then declines.
        """
        if self.epochs is not None or self.cost(shape).seconds <= budget_s:
            return self
        fixed = replace(self, epochs=0).cost(shape).seconds
        each = replace(self, epochs=1).cost(shape).seconds - fixed
        return replace(self, epochs=max(_FEWEST_EPOCHS, int((budget_s - fixed) / each)))

    def cost(self, shape: Shape) -> Cost:
        """Grow with epochs x interactions x the items that are told apart."""
        epochs = _USUAL_EPOCHS if self.epochs is None else self.epochs
        apart = shape.items if shape.items <= 2 * _DRAWN else _DRAWN
        each = shape.rows * (_EVENT_S + _EVENT_ITEM_S * apart)
        memory = 350.0 + 64 * 4e-6 * 5 * shape.items + 6e-5 * shape.rows
        return Cost(2.0 + epochs * each, memory)

    def build(self, parameters: Parameters) -> AttentionModel:
        """Make an unfitted model."""
        return AttentionModel(self.items, self.repeats, {"epochs": self.epochs, **parameters})


@dataclass(frozen=True)
class AttentionModel(Ranker):
    """The network, and how its training ended.

    Parameters
    ----------
    settings
        ``epochs`` and, where they differ from the defaults, ``width``, ``blocks``,
        ``heads``, ``window``, ``dropout``, ``rate`` and ``batch``.
    epochs_done
        Passes over the interactions up to the weights that are kept.
    cut_short
        Whether training ended because its epochs were over, not because it had
        stopped getting better.
    popularity
        (items,) log share of interactions: the answer to an empty history.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    epochs_done: int = 0
    cut_short: bool = False
    popularity: NDArray[np.float32] | None = field(default=None, repr=False)
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)
    network: Any = field(default=None, repr=False, compare=False)
    kind: ClassVar[str] = "attention"

    @property
    def shape(self) -> AttentionShape:
        """Size of the network that the settings ask for."""
        names = ("width", "blocks", "heads", "window", "dropout")
        return AttentionShape(self.items, **{n: self.settings[n] for n in names if n in self.settings})

    def fit(self, data: Data, context: Context) -> Self:
        """Learn to foretell each item from those before it; some users' last items check."""
        torch = require("torch", extra="deep")
        taken = Interactions.of(data).ordered()
        packed = Packed.of(taken, self.shape.window, np.random.default_rng(context.seed))
        learn, check = packed.parts(torch)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(context.seed)
            network = attention_network(self.shape)
        most = self.settings.get("epochs")
        plan = TrainingPlan(
            epochs=_MOST_EPOCHS if most is None else int(most),
            batch=int(self.settings.get("batch", 16)),
            rate=float(self.settings.get("rate", 2e-3)),
            weight_decay=float(self.settings.get("weight_decay", 0.0)),
            patience=int(self.settings.get("patience", _PATIENCE)),
            warm_share=0.02 if most is None else 0.1,
        )
        done = train(network, Lesson(learn, check, _mean_over_targets), plan, context)
        counts = np.bincount(taken.item, minlength=self.items) + 1.0
        return replace(
            self,
            epochs_done=done.best_epoch,
            cut_short=done.epochs >= plan.epochs,
            popularity=np.log(counts / counts.sum()).astype(np.float32),
            weights=weights_of(network),
            network=network,
        )

    def scores(self, requests: Table) -> Matrix:
        """Score all items as the next one, (n, items)."""
        torch = require("torch", extra="deep")
        if self.network is None or self.popularity is None:
            raise RuntimeError("scores before fit")
        found = np.tile(self.popularity, (requests.rows, 1))
        histories = [h[-self.shape.window :] for h in requests["history"]]
        asked = np.array([row for row, h in enumerate(histories) if len(h)], dtype=np.int64)
        with torch.no_grad():
            for start in range(0, len(asked), _AT_ONCE):
                rows = asked[start : start + _AT_ONCE]
                tokens, sizes = _padded([histories[row] for row in rows])
                cells = torch.from_numpy(tokens)
                place = torch.arange(tokens.shape[1]).expand(cells.shape)
                hidden = self.network.hidden(cells, cells > 0, place)
                last = hidden[torch.arange(len(rows)), torch.from_numpy(sizes - 1)]
                found[rows] = (last @ self.network.item.weight[1:].T).numpy()
        return found

    def save(self, folder: Path) -> None:
        """Write JSON and safetensors."""
        if self.popularity is None:
            raise RuntimeError("save before fit")
        names = ("items", "repeats", "epochs_done", "cut_short")
        state = {name: getattr(self, name) for name in names}
        save_file(folder / "attention.json", {**state, "settings": dict(self.settings)}, "json")
        arrays = {"popularity": self.popularity} | {f"network.{k}": v for k, v in self.weights.items()}
        save_file(folder / "attention.safetensors", arrays, "tensors")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "attention.json", "json")
        arrays = load_file(folder / "attention.safetensors", "tensors")
        popularity = arrays.pop("popularity")
        weights = {name.removeprefix("network."): one for name, one in arrays.items()}
        made = cls(**state, popularity=popularity, weights=weights)
        return replace(made, network=filled(attention_network(made.shape), weights))

    def __getstate__(self) -> dict[str, Any]:
        """Leave the torch module out: it is made again from shape and weights."""
        return {**self.__dict__, "network": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.weights:
            self.__dict__["network"] = filled(attention_network(self.shape), self.weights)


def attention_network(shape: AttentionShape) -> Any:
    """Make the network: (rows, window) tokens, owners, places and targets -> (rows,) losses."""
    torch = require("torch", extra="deep")
    nn, functional = torch.nn, torch.nn.functional

    class Attended(nn.Module):  # type: ignore[misc, name-defined]
        """Embeddings, blocks, a last norm."""

        def __init__(self) -> None:
            super().__init__()
            self.item = nn.Embedding(shape.items + 1, shape.width, padding_idx=0)
            self.position = nn.Embedding(shape.window, shape.width)
            made = [block(shape.width, shape.heads, shape.dropout) for _ in range(shape.blocks)]
            self.blocks = nn.ModuleList(made)
            self.norm, self.drop = nn.LayerNorm(shape.width), nn.Dropout(shape.dropout)
            for one in (self.item, self.position):
                nn.init.normal_(one.weight, std=0.02)

        def hidden(self, tokens: Any, owner: Any, place: Any) -> Any:
            own = owner[:, :, None] == owner[:, None, :]
            seen = torch.tril(own)[:, None]
            inner = self.drop(self.item(tokens) * shape.width**0.5 + self.position(place))
            for one in self.blocks:
                inner = one(inner, seen)
            return self.norm(inner)

        def forward(self, tokens: Any, owner: Any, place: Any, target: Any) -> Any:
            row, cell = torch.nonzero(target, as_tuple=True)
            losses = self.losses(self.hidden(tokens, owner, place)[row, cell], target[row, cell])
            return torch.zeros(len(tokens)).index_add(0, row, losses.float())

        def losses(self, inner: Any, target: Any) -> Any:
            """Cross-entropy over the catalogue or a shared draw of it; when checking, of the ranks."""
            own = (inner * self.item(target)).sum(dim=1, keepdim=True)
            if not self.training:
                above = (inner @ self.item.weight[1:].T > own).sum(dim=1)
                return 1.0 - 1.0 / torch.log2(2.0 + above)
            if shape.items <= 2 * _DRAWN:
                return functional.cross_entropy(inner @ self.item.weight[1:].T, target - 1, reduction="none")
            drawn = torch.randint(1, shape.items + 1, (_DRAWN,))
            others = inner @ self.item(drawn).T + float(np.log(shape.items / _DRAWN))
            others = others.masked_fill(target[:, None] == drawn[None], -1e9)
            return torch.logsumexp(torch.cat([own, others], dim=1), dim=1) - own[:, 0]

    return Attended()


def _mean_over_targets(losses: Any, counts: Any) -> Any:
    return losses.sum() / counts.sum().clamp(min=1)


def _padded(histories: list[Codes]) -> tuple[Codes, Codes]:
    """Histories as rows of tokens, zeros behind, and their sizes."""
    sizes = np.array([len(h) for h in histories], dtype=np.int64)
    tokens = np.zeros((len(sizes), int(sizes.max())), dtype=np.int64)
    for row, history in enumerate(histories):
        tokens[row, : len(history)] = history + 1
    return tokens, sizes
