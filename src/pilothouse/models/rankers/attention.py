"""What comes next in each history, by causal self-attention (SASRec).

Item and position embeddings, blocks of attention over what came before, and the next
item by its inner product with the item embeddings, learnt by the house's trainer with
cross-entropy over the catalogue (over a shared uniform draw of it where it is large).
Short histories are packed into rows, so that no time goes into padding. It may start
from a backbone that learnt before: another run's own network, or a network of events.
Needs the extra ``deep``.

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
from pilothouse.models.networks.sequence import DRAWN, SequenceShape, sequence
from pilothouse.models.networks.weights import filled, weights_of
from pilothouse.models.pretraining.backbone import Backbone
from pilothouse.models.pretraining.items import Start
from pilothouse.models.rankers.packing import Packed
from pilothouse.models.ranking import Codes, Interactions, Matrix, Ranker
from pilothouse.models.training import Lesson, Taught, Trained, TrainingPlan, train
from pilothouse.types import Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_MOST_EPOCHS = 200
_FEWEST_EPOCHS = 4
_USUAL_EPOCHS = 32
_PATIENCE = 5
_AT_ONCE = 512
# CPU seconds of one interaction in one epoch at the usual width and blocks, and of telling it
# apart from one item.
_WIDTH, _BLOCKS = SequenceShape.width, SequenceShape.blocks
_EVENT_S, _EVENT_ITEM_S = 2.5e-5, 1.4e-8


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
    start
        What a backbone knows, to start from.
    """

    items: int
    repeats: bool
    epochs: int | None = None
    start: Start | None = field(default=None, repr=False, compare=False)
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
        apart = shape.items if shape.items <= 2 * DRAWN else DRAWN
        size = SequenceShape(self.items, **({} if self.start is None else self.start.size))
        larger = max(1.0, size.width / _WIDTH) ** 2 * max(1.0, size.blocks / _BLOCKS)
        each = shape.rows * (_EVENT_S * larger + _EVENT_ITEM_S * apart)
        memory = 350.0 + size.width * 4e-6 * 5 * shape.items + 6e-5 * shape.rows
        return Cost(2.0 + epochs * each, memory)

    def build(self, parameters: Parameters) -> AttentionModel:
        """Make an unfitted model."""
        size = {} if self.start is None else self.start.size
        settings = {"epochs": self.epochs, **size, **parameters}
        return AttentionModel(self.items, self.repeats, settings, start=self.start)


@dataclass(frozen=True)
class Started(Attention):
    """The same network, which starts from a backbone."""

    name: ClassVar[str] = "attention_started"
    label: ClassVar[Message] = say("rankers.started")
    rank: ClassVar[int] = 22


@dataclass(frozen=True)
class AttentionModel(Ranker):
    """The network, and how its training ended.

    Parameters
    ----------
    settings
        ``epochs`` and, where they differ from the defaults, ``width``, ``blocks``,
        ``heads``, ``window``, ``dropout``, ``wide``, ``rate`` and ``batch``.
    words
        The items' own ids, by which another catalogue can start from it.
    epochs_done
        Passes over the interactions up to the weights that are kept.
    cut_short
        Whether training ended because its epochs were over, not because it had
        stopped getting better.
    popularity
        (items,) log share of interactions: the answer to an empty history.
    trained
        Its curves, an entry an epoch; the score is of the next item's place in its list.
    start
        What a backbone knows, to start from.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = field(default=(), repr=False)
    epochs_done: int = 0
    cut_short: bool = False
    popularity: NDArray[np.float32] | None = field(default=None, repr=False)
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)
    trained: Trained = field(default_factory=Trained, repr=False, compare=False)
    start: Start | None = field(default=None, repr=False, compare=False)
    network: Any = field(default=None, repr=False, compare=False)
    kind: ClassVar[str] = "attention"

    @property
    def shape(self) -> SequenceShape:
        """Size of the network that the settings ask for."""
        names = ("width", "blocks", "heads", "window", "dropout", "wide")
        return SequenceShape(self.items, **{n: self.settings[n] for n in names if n in self.settings})

    def fit(self, data: Data, context: Context) -> Self:
        """Learn to foretell each item from those before it; some users' last items check."""
        torch = require("torch", extra="deep")
        taken = Interactions.of(data).ordered()
        packed = Packed.of(taken, self.shape.window, np.random.default_rng(context.seed))
        learn, check = packed.parts(torch)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(context.seed)
            network = sequence(self.shape)
        words = tuple(str(one) for one in data.tables["items"][data.tables["items"].names[0]].tolist())
        if self.start is not None:
            self.start.lend(network, words)
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
            words=words,
            epochs_done=done.best_epoch,
            cut_short=done.epochs >= plan.epochs,
            popularity=np.log(counts / counts.sum()).astype(np.float32),
            weights=weights_of(network),
            trained=replace(done, history=[]) if check is None else _as_scores(done),
            start=None,
            network=network,
        )

    @property
    def taught(self) -> tuple[Taught, ...]:
        """How it learnt, for the reader."""
        return (Taught(say("rankers.attention"), say("learning.histories"), self.trained, "ranked"),)

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

    def backbone(self) -> Backbone:
        """What it knows of items and of their order, for another catalogue that shares items."""
        origin = {"objective": "next_item", "items": list(self.words)}
        return Backbone("sequence", self.shape, self.weights, origin)

    def save(self, folder: Path) -> None:
        """Write the backbone, and JSON and npz of what stands beside it."""
        if self.popularity is None:
            raise RuntimeError("save before fit")
        self.backbone().write(folder)
        names = ("items", "repeats", "epochs_done", "cut_short")
        state = {name: getattr(self, name) for name in names}
        state |= {"settings": dict(self.settings), "trained": self.trained.state()}
        save_file(folder / "attention.json", state, "json")
        save_file(folder / "attention.npz", {"popularity": self.popularity}, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state, below = load_file(folder / "attention.json", "json"), Backbone.read(folder)
        return cls(
            **{**state, "trained": Trained.restore(state["trained"])},
            words=tuple(below.origin["items"]),
            popularity=load_file(folder / "attention.npz", "arrays")["popularity"],
            weights=below.weights,
            network=below.network(),
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave the torch module out: it is made again from shape and weights."""
        return {**self.__dict__, "network": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.weights:
            self.__dict__["network"] = filled(sequence(self.shape), self.weights)


def _as_scores(done: Trained) -> Trained:
    """Tell the check as the score that it is: 1 for a next item in the first place, less below."""
    return replace(done, history=[], metrics=[1.0 - missed for missed in done.history])


def _mean_over_targets(losses: Any, counts: Any) -> Any:
    return losses.sum() / counts.sum().clamp(min=1)


def _padded(histories: list[Codes]) -> tuple[Codes, Codes]:
    """Histories as rows of tokens, zeros behind, and their sizes."""
    sizes = np.array([len(h) for h in histories], dtype=np.int64)
    tokens = np.zeros((len(sizes), int(sizes.max())), dtype=np.int64)
    for row, history in enumerate(histories):
        tokens[row, : len(history)] = history + 1
    return tokens, sizes
