"""Those who train one network together: each takes its share of every batch.

A share's gradients count by its rows, so that the step of the team is the step of one
process over the whole batch, up to the order of sums.

References
----------
Li et al., "PyTorch distributed: experiences on accelerating data parallel training",
2020.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require


@dataclass(frozen=True)
class Team:
    """A process and the number of its kind; one alone by default.

    Parameters
    ----------
    rank, size
        The process, from 0, and how many there are. Above one, torch's process group
        must stand.
    place
        The process among those of its machine, which chooses its GPU.
    """

    rank: int = 0
    size: int = 1
    place: int = 0

    @property
    def leads(self) -> bool:
        """True for the one that tells and writes."""
        return self.rank == 0

    def share(self, rows: Any) -> tuple[Any, float]:
        """Return the own share of ``rows``, and what its mean loss counts in the whole.

        One with nothing to do computes the first row for nothing: all must take part
        in every exchange.
        """
        if self.size == 1:
            return rows, 1.0
        own = rows[self.rank :: self.size]
        return (own, len(own) * self.size / len(rows)) if len(own) else (rows[:1], 0.0)

    def wrap(self, module: Any, *, parts: bool) -> Any:
        """Return ``module`` so that its gradients are averaged over the team.

        Parameters
        ----------
        module
            Whose ``forward`` returns the loss.
        parts
            True when a loss does not reach all of its parameters.
        """
        if self.size == 1:
            return module
        torch = require("torch", extra="deep")
        return torch.nn.parallel.DistributedDataParallel(module, find_unused_parameters=parts)

    def quietly(self, module: Any, *, last: bool) -> AbstractContextManager[Any]:
        """Keep gradients at home but for the last part of a batch."""
        if self.size == 1 or last:
            return nullcontext()
        quiet: AbstractContextManager[Any] = module.no_sync()
        return quiet

    def total(self, values: list[float]) -> list[float]:
        """Return the sums of ``values`` over the team."""
        if self.size == 1:
            return values
        torch = require("torch", extra="deep")
        whole = torch.tensor(values, dtype=torch.float64)
        torch.distributed.all_reduce(whole)
        return [float(value) for value in whole]

    def must_agree(self, value: int) -> None:
        """Raise where the team does not hold the same ``value``: it would wait for ever."""
        if self.total([float(value), float(value) ** 2]) != [value * self.size, value**2 * self.size]:
            raise ValueError("the checkpoints of the processes differ: give all of them one shared folder")
