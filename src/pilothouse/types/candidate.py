"""Who competes: candidates, the models they build, and what a fit is given.

``scenario.py`` tells the whole protocol; these parts of it live here because
the shared steps need them and never import ``scenario``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from pilothouse.messages import Message
from pilothouse.types.contest import Answers
from pilothouse.types.llm import Door
from pilothouse.types.table import Data, Table

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """Size of a job: what costs are estimated from."""

    rows: int
    numbers: int
    categories: int
    classes: int
    levels: int = 0
    users: int = 0
    items: int = 0

    @property
    def columns(self) -> int:
        """Number of feature columns."""
        return self.numbers + self.categories


@dataclass(frozen=True)
class Cost:
    """What one fit takes on one core: seconds, peak megabytes, money."""

    seconds: float
    memory_mb: float = 0.0
    money: float = 0.0
    leaves_machine: bool = False


def _silent(done: float) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Context:
    """What a model is given besides data.

    Parameters
    ----------
    seed
        Everything random starts here.
    threads
        Cores that this fit may use; figures never depend on it.
    progress
        Called with the share done, 0 to 1.
    checkpoints
        Folder in which a long fit keeps its state, or None.
    llm
        The way to a language model, or None where the product names none.
    """

    seed: int = 0
    threads: int = 1
    progress: Callable[[float], None] = _silent
    checkpoints: Path | None = None
    llm: Door | None = None


class Answerer(Protocol):
    """Something that answers requests, however it came to."""

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each row; the target column is not there."""
        ...


class Model(Answerer, Protocol):
    """Something that learns from data and answers requests."""

    def fit(self, data: Data, context: Context) -> Self:
        """Learn from the rows of ``data``, the target column among them."""
        ...

    def save(self, folder: Path) -> None:
        """Write safetensors, ONNX, LightGBM text, npz without objects or JSON."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote; hashes were checked by the door."""
        ...


class Candidate(ABC):
    """One way to answer. Instances are picklable and hold no fitted state.

    Attributes
    ----------
    name
        Stable word: "nothing", "everyone", "rule", "today", "linear", "boosting", ...
    label
        For the reader.
    rank
        Simplicity: the lower, the simpler. Baselines come before models.
    is_stand_in
        True for a baseline: what stands there if nothing is built.
    must_excel
        True where it costs so much more than the others that it wins only with a gain over
        the best of them whose 90 % range lies above zero; it takes part in no blend.
    extra
        The pip extra it needs, or None.
    needs_llm
        True where it asks a language model; the plan leaves it out where there is none.
    """

    name: ClassVar[str]
    label: ClassVar[Message]
    rank: ClassVar[int]
    is_stand_in: ClassVar[bool] = False
    must_excel: ClassVar[bool] = False
    extra: ClassVar[str | None] = None
    needs_module: ClassVar[str | None] = None
    needs_llm: ClassVar[bool] = False

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Return None, or the reason for which it declines this job."""
        return None

    @abstractmethod
    def cost(self, shape: Shape) -> Cost:
        """Estimate one fit on ``shape`` from the packaged cost table."""

    def trial_cost(self, shape: Shape) -> Cost:
        """Estimate one fit with tuned parameters."""
        return self.cost(shape)

    def space(self, trial: Any) -> Parameters:
        """Draw parameters from an Optuna trial; {} when there is nothing to tune."""
        return {}

    @abstractmethod
    def build(self, parameters: Parameters) -> Model:
        """Make an unfitted model."""


@dataclass(frozen=True)
class Fit:
    """One unit of work: fit on some rows, answer others.

    Two fits with the same ``key`` give the same answers, so a finished one is
    kept and never repeated.

    Parameters
    ----------
    candidate, parameters, seed
        What is fitted and how.
    learn, ask
        Row positions of the crew's data. ``learn`` and ``ask`` are int64.
    columns
        Feature columns to keep; None keeps all.
    """

    candidate: Candidate
    learn: Any = field(repr=False)
    ask: Any = field(repr=False)
    parameters: Parameters = field(default_factory=dict)
    columns: tuple[str, ...] | None = None
    seed: int = 0


class Crew(Protocol):
    """Whoever carries out fits: local processes, Ray, or this very process."""

    def answers(self, fits: list[Fit], label: Message) -> list[Answers]:
        """Carry out ``fits`` and return their answers in order; finished ones are not repeated."""
        ...
