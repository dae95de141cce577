"""A small network that learns from a large one: what it answers, and how sure it is.

The large network's answers are softened by a temperature, so that the small one also
learns which wrong answers are nearly right. They are computed once, for the rows as
they are; rows without a label can teach as well, where ``share`` is 1.

References
----------
Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.training import Lesson

_AT_ONCE = 512


def distilled(
    teacher: Any,
    learn: Sequence[Any],
    check: Sequence[Any] | None = None,
    temperature: float = 4.0,
    share: float = 0.9,
) -> Lesson:
    """Return the lesson that ``teacher`` gives; ``train`` a small network on it.

    Parameters
    ----------
    teacher
        A trained classifier, asked in evaluation mode.
    learn, check
        Tensors with one row for each example, the class number last.
    temperature
        By which both networks' margins are divided before they are compared.
    share
        Weight of the teacher's answers, against the labels'.
    """
    torch = require("torch", extra="deep")
    functional = torch.nn.functional

    def loss(said: Any, told: Any) -> Any:
        soft, label = told[:, :-1], told[:, -1].long()
        near = functional.kl_div(
            functional.log_softmax(said / temperature, 1),
            functional.log_softmax(soft / temperature, 1),
            reduction="batchmean",
            log_target=True,
        )
        # The square keeps the slope of the softened part as large as the labels'.
        return share * temperature**2 * near + (1.0 - share) * functional.cross_entropy(said, label)

    def hits(said: Any, told: Any) -> float:
        return float((said.argmax(1) == told[:, -1].long()).float().mean())

    told = _telling(torch, teacher)
    return Lesson(told(learn), None if check is None else told(check), loss, metric=hits)


def _telling(torch: Any, teacher: Any) -> Callable[[Sequence[Any]], list[Any]]:
    """Put the teacher's margins, and the label behind them, in the place of the label."""

    def told(tensors: Sequence[Any]) -> list[Any]:
        teacher.eval()
        rows, margins = len(tensors[-1]), []
        with torch.no_grad():
            for start in range(0, rows, _AT_ONCE):
                margins.append(teacher(*(one[start : start + _AT_ONCE] for one in tensors[:-1])).float())
        return [*tensors[:-1], torch.cat([torch.cat(margins), tensors[-1][:, None].float()], 1)]

    return told
