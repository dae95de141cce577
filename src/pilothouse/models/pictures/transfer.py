"""What was learnt elsewhere, used here: a head, or label means, over a backbone's numbers.

The backbone stays as it is; only the head learns, so a few pictures a label can do.
Label means need fewest of all. See ``backbone`` for what may be brought.

References
----------
Kornblith, Shlens and Le, "Do better ImageNet models transfer better?", 2019: linear
heads on frozen features. Snell, Swersky and Zemel, 2017: label means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.pictures.backbone import Backbone, load_backbone, read_backbone
from pilothouse.models.pictures.head import Head, Matrix
from pilothouse.models.pictures.simple import class_means, nearest
from pilothouse.models.target import Target
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_STRENGTH = 0.05


@dataclass(frozen=True)
class Transfer(Candidate):
    """A linear head over a backbone; ``digest`` tells the backbone's content apart."""

    target: Target
    path: str
    digest: str
    picture_s: float
    name: ClassVar[str] = "transfer"
    label: ClassVar[Message] = say("images.transfer")
    rank: ClassVar[int] = 15
    extra: ClassVar[str | None] = "deep"
    needs_module: ClassVar[str | None] = "onnxruntime"
    means: ClassVar[bool] = False

    @classmethod
    def of(cls, target: Target, path: Path) -> Self:
        """Open the backbone once to know its cost and its content.

        Raises
        ------
        BadOption, Refused, Corrupt
            See ``backbone.read_backbone``.
        """
        backbone, digest = read_backbone(path)
        return cls(target, str(path), digest, backbone.picture_s)

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with pictures and the backbone's size."""
        return Cost(
            1.5 + shape.rows * (self.picture_s + 1e-4 * max(2, shape.classes)), 600.0 + 8e-3 * shape.rows
        )

    def build(self, parameters: Parameters) -> TransferModel:
        """Make an unfitted model."""
        return TransferModel(self.target, self.path, self.means)


@dataclass(frozen=True)
class Prototypes(Transfer):
    """Nearest label mean over a backbone's numbers."""

    name: ClassVar[str] = "prototypes"
    label: ClassVar[Message] = say("images.prototypes")
    rank: ClassVar[int] = 12
    means: ClassVar[bool] = True


@dataclass(frozen=True)
class TransferModel:
    """A backbone with what was learnt over it: a head, or means and deviations of labels."""

    target: Target
    path: str = ""
    means: bool = False
    backbone: Backbone | None = None
    head: Head | None = None
    centres: tuple[Matrix, Matrix] | None = None
    kind: ClassVar[str] = "transfer"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn from the backbone's numbers of the pictures of ``data``."""
        backbone, _ = read_backbone(Path(self.path))
        parts, truth = backbone.vectors(data.table), self.target.truth(data.table)
        labels = len(self.target.classes)
        if self.means:
            return replace(self, backbone=backbone, centres=class_means(parts, truth, labels))
        return replace(self, backbone=backbone, head=Head.learn(parts, truth, labels, _STRENGTH))

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each picture."""
        if self.backbone is None:
            raise RuntimeError("predict before fit")
        parts = self.backbone.vectors(requests)
        if self.head is not None:
            return self.target.answers(self.head.answer(parts))
        assert self.centres is not None
        means, inside = self.centres
        # Distances grow with the number of numbers; their mean keeps probabilities from being all or nothing.
        scale = inside * (parts.shape[1] ** 0.5 / 4.0)
        return self.target.answers(nearest(parts / scale, means / scale))

    def save(self, folder: Path) -> None:
        """Write the backbone, JSON and arrays; where the user's file lies is not kept."""
        if self.backbone is None:
            raise RuntimeError("save before fit")
        self.backbone.save(folder)
        save_file(folder / "transfer.json", {"target": self.target.state(), "means": self.means}, "json")
        arrays: dict[str, Any] = {} if self.head is None else self.head.arrays()
        if self.centres is not None:
            arrays = {"means": self.centres[0], "inside": self.centres[1]}
        save_file(folder / "transfer.npz", arrays, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state, arrays = (
            load_file(folder / "transfer.json", "json"),
            load_file(folder / "transfer.npz", "arrays"),
        )
        made = cls(Target.restore(state["target"]), "", state["means"], load_backbone(folder))
        if made.means:
            return replace(made, centres=(arrays["means"], arrays["inside"]))
        return replace(made, head=Head.restore(arrays))
