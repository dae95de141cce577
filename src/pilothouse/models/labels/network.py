"""Networks that read texts: a bidirectional LSTM, and a Transformer that may have read before.

Both learn by the house's trainer. The Transformer is first taught to guess masked words
of all texts that there are, with and without a label (of the rows kept aside, none), and
then fine-tuned on the labels. A tenth of the learning texts checks each epoch and chooses
the best. Epochs follow from the budget before anything runs. Needs the extra ``deep``.

References
----------
Graves and Schmidhuber, "Framewise phoneme classification with bidirectional LSTM", 2005.
Devlin et al., "BERT", 2019. Gururangan et al., "Don't stop pretraining", 2020: on the
task's own texts.
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
from pilothouse.models.labels.simple import texts_of
from pilothouse.models.labels.vocabulary import LONGEST, Vocabulary, cut
from pilothouse.models.networks.recurrent import RecurrentShape, recurrent
from pilothouse.models.networks.transformer import TransformerShape, transformer
from pilothouse.models.networks.weights import filled, weights_of
from pilothouse.models.pretraining import attach, pretrain
from pilothouse.models.pretraining.objectives import masked_token
from pilothouse.models.target import Target
from pilothouse.models.training import Lesson, Taught, Trained, TrainingPlan, train
from pilothouse.models.training.precision import alone
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

CORPUS = "corpus"
"""The table of texts without a label, beside the rows."""
_USUAL, _MOST, _FEWEST = 10, 40, 3
_STEPS = 600
_CHECK_SHARE = 0.1
_AT_ONCE = 256
_BATCH = 32
# CPU seconds of one token, learning: three passes of reading, or of attention with its guesses.
_TOKEN_S = {"recurrent": 1.6e-5, "transformer": 2.6e-5}
_GUESS_S = 8.5e-5
_WIDTH, _BLOCKS, _HEADS = 96, 2, 4


@dataclass(frozen=True)
class _Reader(Candidate):
    """A candidate whose model is a network; ``epochs`` of None are the usual number.

    Parameters
    ----------
    length
        Mean number of tokens of a text.
    unlabelled
        Texts without a label, which pre-training reads too.
    """

    target: Target
    length: float
    unlabelled: int = 0
    epochs: int | None = None
    extra: ClassVar[str | None] = "deep"
    needs_module: ClassVar[str | None] = "torch"
    maker: ClassVar[str] = "recurrent"
    reads_first: ClassVar[bool] = False

    @property
    def cut_short(self) -> bool:
        """Whether the time, not the score, ends its training."""
        return self.epochs is not None

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def within(self, rows: int, budget_s: float) -> Self:
        """Return it with as many epochs over ``rows`` as ``budget_s`` holds; as it is where all do."""
        most = max(_FEWEST, int((budget_s - 2.0) / max(1e-9, self._epoch_s(rows))))
        return self if most >= usual_epochs(rows) else replace(self, epochs=most)

    def cost(self, shape: Shape) -> Cost:
        """Grow with epochs x tokens."""
        epochs = usual_epochs(shape.rows) if self.epochs is None else self.epochs
        return Cost(2.0 + epochs * self._epoch_s(shape.rows), 500.0 + 2e-3 * shape.rows)

    def _epoch_s(self, rows: int) -> float:
        tokens = min(float(LONGEST), 1.6 * self.length)  # zeros behind short texts are read too
        read = _GUESS_S * (rows + self.unlabelled) * tokens if self.reads_first else 0.0
        return _TOKEN_S[self.maker] * rows * tokens + read

    def build(self, parameters: Parameters) -> TextNetwork:
        """Make an unfitted model."""
        settings = {"epochs": self.epochs, "reads_first": self.reads_first, **parameters}
        return TextNetwork(self.target, self.maker, settings)


@dataclass(frozen=True)
class Recurrent(_Reader):
    """A bidirectional LSTM."""

    name: ClassVar[str] = "recurrent"
    label: ClassVar[Message] = say("classify.recurrent")
    rank: ClassVar[int] = 25


@dataclass(frozen=True)
class Attentive(_Reader):
    """A small Transformer, from nothing."""

    name: ClassVar[str] = "transformer"
    label: ClassVar[Message] = say("classify.transformer")
    rank: ClassVar[int] = 26
    maker: ClassVar[str] = "transformer"


@dataclass(frozen=True)
class WellRead(Attentive):
    """A small Transformer that guessed masked words of all texts before."""

    name: ClassVar[str] = "pretrained"
    label: ClassVar[Message] = say("classify.pretrained")
    rank: ClassVar[int] = 30
    reads_first: ClassVar[bool] = True


@dataclass(frozen=True)
class TextNetwork:
    """A network over numbered tokens.

    Parameters
    ----------
    maker
        "recurrent" or "transformer".
    settings
        ``epochs`` (None for the usual number), ``reads_first``; ``read_epochs``, ``width``,
        ``window``, ``rate``, ``dropout`` where they differ from the defaults. ``patience``
        ends learning, and reading, after so many epochs without a better check, at a rate
        that stays.
    trained, read
        Curves of learning labels, and of guessing words before.
    """

    target: Target
    maker: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    vocabulary: Vocabulary | None = None
    trained: Trained = field(default_factory=Trained, compare=False)
    read: Trained = field(default_factory=Trained, compare=False)
    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict, repr=False)
    network: Any = field(default=None, repr=False, compare=False)
    kind: ClassVar[str] = "text_network"

    def fit(self, data: Data, context: Context) -> Self:
        """Read all texts unless it has, then learn from the rows of ``data``, of which a tenth checks."""
        torch = require("torch", extra="deep")
        texts = texts_of(data.table)
        made = self
        if self.vocabulary is None and self.settings.get("reads_first"):
            made = self.reading(
                [*texts, *(texts_of(data.tables[CORPUS]) if CORPUS in data.tables else [])], context
            )
        elif self.vocabulary is None:
            made = replace(self, vocabulary=self._words(texts))
        assert made.vocabulary is not None
        network = made._begun(context.seed)
        tokens = torch.from_numpy(made.vocabulary.numbers(texts))
        truth = torch.from_numpy(self.target.truth(data.table))
        order = torch.from_numpy(np.random.default_rng(context.seed).permutation(len(texts)))
        kept = len(texts) - int(len(texts) * _CHECK_SHARE)
        learn, check = ([one[rows] for one in (tokens, truth)] for rows in (order[:kept], order[kept:]))
        lesson = Lesson(
            learn,
            check if len(texts) > kept else None,
            torch.nn.functional.cross_entropy,
            metric=lambda out, aim: float((out.argmax(1) == aim).float().mean()),
        )
        done = train(network, lesson, made._plan(kept), context)
        weights = weights_of(network)
        # Made anew, so that its arrays lie in memory as those of a loaded one do: same last digits.
        return replace(made, trained=done, weights=weights, network=made._filled(weights))

    def reading(self, texts: list[str], context: Context) -> Self:
        """Return it with what it learnt by guessing masked words of ``texts``; no label is needed."""
        torch = require("torch", extra="deep")
        made = replace(self, vocabulary=self._words(texts))
        assert made.vocabulary is not None
        tokens = torch.from_numpy(made.vocabulary.numbers(list(dict.fromkeys(texts))))
        wanted = self.settings.get("read_epochs") or self.settings.get("epochs")
        epochs = usual_epochs(len(tokens)) if wanted is None else int(wanted)
        plan = TrainingPlan(epochs=epochs, batch=_BATCH, rate=2e-3, check_batch=_AT_ONCE, **self._ending())
        order = torch.from_numpy(np.random.default_rng([context.seed, 1]).permutation(len(tokens)))
        kept = len(tokens) - len(tokens) // 20
        rows = ([tokens[order[:kept]]], [tokens[order[kept:]]] if kept < len(tokens) else None)
        folder = None if context.checkpoints is None else context.checkpoints / "reading"
        own = replace(context, checkpoints=folder, progress=lambda done: context.progress(done / 2))
        network = made._begun(context.seed)
        done = pretrain(network.network, masked_token(made._shape()), rows, plan, own)
        return replace(made, read=done, weights=weights_of(network))

    def _words(self, texts: list[str]) -> Vocabulary:
        learnt = Vocabulary.learn(texts)
        return replace(learnt, window=min(learnt.window, int(self.settings.get("window", LONGEST))))

    def _begun(self, seed: int) -> Any:
        """Make the network as it was left, or from ``seed``."""
        torch = require("torch", extra="deep")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = self._made()
        return filled(network, self.weights) if self.weights else network

    def _shape(self) -> Any:
        assert self.vocabulary is not None
        labels, words = len(self.target.classes), self.vocabulary.size
        width = int(self.settings.get("width", _WIDTH))
        dropout = float(self.settings.get("dropout", 0.3))
        if self.maker == "recurrent":
            return RecurrentShape(words, labels, width=width, hidden=width, dropout=dropout)
        window = self.vocabulary.window
        return TransformerShape(words, width, _BLOCKS, _HEADS, window, min(0.2, dropout))

    def _made(self) -> Any:
        shape = self._shape()
        if self.maker == "recurrent":
            return recurrent(shape)
        return attach(transformer(shape), shape.width, len(self.target.classes), dropout=0.2)

    def _filled(self, weights: Mapping[str, NDArray[Any]]) -> Any:
        return filled(self._made(), weights)

    def _plan(self, rows: int) -> TrainingPlan:
        epochs = self.settings.get("epochs")
        rate = 1e-3 if self.maker == "transformer" else 2e-3
        return TrainingPlan(
            epochs=usual_epochs(rows) if epochs is None else int(epochs),
            batch=_BATCH,
            rate=float(self.settings.get("rate", rate)),
            weight_decay=0.02,
            check_batch=_AT_ONCE,
            **self._ending(),
        )

    def _ending(self) -> dict[str, Any]:
        """How a plan ends: with its epochs, or where patience does."""
        patience = self.settings.get("patience")
        return {"patience": patience, "schedule": "one_cycle" if patience is None else "constant"}

    @property
    def taught(self) -> tuple[Taught, ...]:
        """How it read and learnt, for the reader."""
        whose = {"recurrent": say("classify.recurrent"), "transformer": say("classify.transformer")}[
            self.maker
        ]
        return (
            Taught(say("classify.guessing"), say("labels.texts"), self.read),
            Taught(
                say("classify.pretrained") if self.read.epochs else whose, say("labels.texts"), self.trained
            ),
        )

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each text, some at a time on one thread: more would change the last digits."""
        torch = require("torch", extra="deep")
        if self.network is None or self.vocabulary is None:
            raise RuntimeError("predict before fit")
        tokens = torch.from_numpy(self.vocabulary.numbers(texts_of(requests)))
        found = [np.empty((0, len(self.target.classes)))]
        with alone(torch, 1), torch.no_grad():
            for start in range(0, len(tokens), _AT_ONCE):
                margin = self.network(tokens[start : start + _AT_ONCE]).double()
                found.append(torch.softmax(margin, dim=1).numpy())
        return self.target.answers(np.concatenate(found))

    def save(self, folder: Path) -> None:
        """Write JSON and safetensors."""
        if not self.weights or self.vocabulary is None:
            raise RuntimeError("save before fit")
        state = {
            "target": self.target.state(),
            "maker": self.maker,
            "settings": dict(self.settings),
            "words": list(self.vocabulary.words),
            "window": self.vocabulary.window,
            "trained": self.trained.state(),
            "read": self.read.state(),
        }
        save_file(folder / "network.json", state, "json")
        save_file(folder / "network.safetensors", dict(self.weights), "tensors")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "network.json", "json")
        made = cls(
            Target.restore(state["target"]),
            state["maker"],
            state["settings"],
            Vocabulary(tuple(state["words"]), state["window"]),
            Trained.restore(state["trained"]),
            Trained.restore(state["read"]),
            load_file(folder / "network.safetensors", "tensors"),
        )
        return replace(made, network=made._filled(made.weights))

    def __getstate__(self) -> dict[str, Any]:
        """Leave the torch module out: it is made again from shape and weights."""
        return {**self.__dict__, "network": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.weights:
            self.__dict__["network"] = self._filled(self.weights)


def mean_tokens(texts: list[str]) -> float:
    """Mean number of tokens of a text."""
    return float(np.mean([float(len(cut(text))) for text in texts] or [0.0]))


def usual_epochs(rows: int) -> int:
    """Ten passes; more where texts are few, so that there are about 600 steps."""
    return min(_MOST, max(_USUAL, -(-_STEPS * _BATCH // max(1, rows))))
