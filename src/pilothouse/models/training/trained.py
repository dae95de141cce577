"""What came out of a training: its curves and its best epoch, and how they are told."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from pilothouse.messages import Message


@dataclass
class Trained:
    """Epochs done, the best one, and one value an epoch for each curve.

    Parameters
    ----------
    history
        Loss of the check rows, or the judge's number; without either, of learning.
    learning
        Mean loss while learning, with dropout and augmentation; of players, their sum.
    metrics
        The lesson's metric of the check rows; empty without one.
    rates, seconds
        Rate at the end of the epoch, and how long it took.
    players
        Mean loss of each player by name; empty for a plain lesson.
    resumed_at
        Epochs that came from a checkpoint.
    """

    epochs: int = 0
    best_epoch: int = 0
    history: list[float] = field(default_factory=list)
    resumed_at: int = 0
    learning: list[float] = field(default_factory=list)
    metrics: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    players: dict[str, list[float]] = field(default_factory=dict)

    def state(self) -> dict[str, Any]:
        """Return it as JSON keeps it: a number that is no number becomes None."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Trained:
        """Make it from what ``state`` returned."""
        return cls(**{name: _numbers(value) for name, value in state.items()})

    def curves(self) -> dict[str, Any]:
        """Return what a chart needs: one list an axis, all as long as ``epoch``."""
        whole = {
            "epoch": list(range(1, self.epochs + 1)),
            "loss": self.history,
            "learning": self.learning,
            "metric": self.metrics,
            "rate": self.rates,
            **self.players,
        }
        return {name: _plain(values) for name, values in whole.items() if values}


@dataclass(frozen=True)
class Taught:
    """One training of a model, as it is told to a reader.

    Parameters
    ----------
    whose
        The model, and which of its lessons where it has several.
    what
        What it learnt from, in the plural.
    trained
        Its curves.
    score
        What the metric is: the share right, or the place of what was looked for.
    """

    whose: Message
    what: Message
    trained: Trained
    score: Literal["right", "ranked"] = "right"


def _plain(value: Any) -> Any:
    """Leave numbers that JSON does not know out."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if abs(value) < float("inf") else None


def _numbers(value: Any) -> Any:
    """Put them back as NaN."""
    if isinstance(value, dict):
        return {name: _numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    return float("nan") if value is None else value
