"""The weighted blend of several models, and how its weights are found.

Weights are found on out-of-fold answers only and are then parameters like any other:
a blend is refitted with them, it never chooses them itself.

References
----------
Caruana et al., "Ensemble selection from libraries of models", 2004.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.target import TargetKind
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_ROUNDS = 100
_FLOOR = 1e-9


@dataclass(frozen=True)
class Blend(Candidate):
    """A weighted mean of the answers of ``members``.

    Parameters of ``build``: ``weights`` (name -> share; equal shares when absent) and
    ``members`` (name -> that member's own parameters). A member without a share is
    not fitted.
    """

    members: tuple[Candidate, ...]
    name: ClassVar[str] = "blend"
    label: ClassVar[Message] = say("models.blend")
    rank: ClassVar[int] = 40

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline where a member does."""
        reasons = (member.feasible(shape, budget_s) for member in self.members)
        return next((reason for reason in reasons if reason is not None), None)

    def cost(self, shape: Shape) -> Cost:
        """Add up the members, one after the other."""
        costs = [member.cost(shape) for member in self.members]
        return Cost(sum(c.seconds for c in costs), max((c.memory_mb for c in costs), default=0.0))

    def build(self, parameters: Parameters) -> BlendModel:
        """Make an unfitted blend."""
        given = parameters.get("weights", {member.name: 1.0 for member in self.members})
        chosen = [member for member in self.members if given.get(member.name, 0.0) > 0.0]
        whole = sum(given[member.name] for member in chosen)
        own = parameters.get("members", {})
        models = tuple(member.build(own.get(member.name, {})) for member in chosen)
        return BlendModel(models, tuple(given[member.name] / whole for member in chosen))


@dataclass(frozen=True)
class BlendModel:
    """Members and their weights, which sum to one."""

    members: tuple[Any, ...]
    weights: tuple[float, ...]
    kind: ClassVar[str] = "blend"

    def fit(self, data: Data, context: Context) -> Self:
        """Fit each member on the same rows with the same seed."""
        fitted = [m.fit(data, self._part(context, n)) for n, m in enumerate(self.members)]
        return replace(self, members=tuple(fitted))

    def fit_batches(self, batches: Callable[[], Iterator[Table]], context: Context) -> Self:
        """Fit each member on a table too large for memory, each as it can.

        Parameters
        ----------
        batches
            Gives the table's batches from the start, each time it is called.
        context
            As for ``fit``.
        """
        fitted = [m.fit_batches(batches, self._part(context, n)) for n, m in enumerate(self.members)]
        return replace(self, members=tuple(fitted))

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each row."""
        return mix([member.predict(requests, context) for member in self.members], self.weights)

    def save(self, folder: Path) -> None:
        """Write each member into a folder of its own, and the weights."""
        for number, member in enumerate(self.members):
            save_model(member, folder / str(number))
        save_file(folder / "blend.json", {"weights": list(self.weights)}, "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        weights = tuple(load_file(folder / "blend.json", "json")["weights"])
        return cls(tuple(load_model(folder / str(number)) for number in range(len(weights))), weights)

    def _part(self, context: Context, number: int) -> Context:
        """One member's context: checkpoints of its own, progress as a part of the whole."""
        folder = None if context.checkpoints is None else context.checkpoints / str(number)
        return replace(context, checkpoints=folder, progress=self._share(context, number))

    def _share(self, context: Context, number: int) -> Any:
        """Progress of one member as a part of the whole."""
        return lambda done: context.progress((number + done) / len(self.members))


def mix(answers: Sequence[Answers], weights: Sequence[float]) -> Answers:
    """Return the weighted mean of ``answers``; weights sum to one."""
    names = [name for name in ("probability", "prediction") if name in answers[0].values]
    return Answers(
        {
            name: np.sum([w * one[name] for w, one in zip(weights, answers, strict=True)], axis=0)
            for name in names
        }
    )


def blend_weights(truth: NDArray[Any], answers: Mapping[str, Answers], kind: TargetKind) -> dict[str, float]:
    """Find the shares that answer best on out-of-fold answers.

    Members are added one at a time, with replacement, a hundred times, each time the
    one that helps most; ties go to the first named. Rows that a member has not
    answered (NaN) are left out.

    Parameters
    ----------
    truth
        (n,) class numbers or numbers.
    answers
        Member -> out-of-fold answers to all n questions.
    kind
        "number": least absolute error; else least log loss.

    Returns
    -------
    dict
        Member -> share, not negative, summing to one.
    """
    field = "prediction" if kind == "number" else "probability"
    laid = []
    for one in answers.values():
        values = np.asarray(one[field], dtype=np.float64)
        laid.append(values if kind == "number" else values[np.arange(len(truth)), truth])
    own = np.stack(laid)
    seen = np.isfinite(own).all(axis=0)
    own, wanted = own[:, seen], truth[seen]

    def loss(total: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        mean = total / count
        if kind == "number":
            return np.asarray(np.abs(mean - wanted).mean(axis=1))
        return np.asarray(-np.log(np.maximum(mean, _FLOOR)).mean(axis=1))

    picks = np.zeros(len(own))
    total = np.zeros(own.shape[1])
    for count in range(1, _ROUNDS + 1):
        best = int(np.argmin(loss(total + own, count)))
        picks[best] += 1
        total = total + own[best]
    return {name: float(share) for name, share in zip(answers, picks / picks.sum(), strict=True)}
