"""Weights of a network as plain arrays, and shapes as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from numpy.typing import NDArray

from pilothouse.lazy import require


@dataclass(frozen=True)
class NetworkShape:
    """Size of a network: plain numbers, from which it is made again."""

    def __post_init__(self) -> None:
        for one in fields(self):  # JSON gives lists back for tuples
            if isinstance(getattr(self, one.name), list):
                object.__setattr__(self, one.name, tuple(getattr(self, one.name)))

    def state(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return asdict(self)


def weights_of(network: Any) -> dict[str, NDArray[Any]]:
    """Return copies of the network's arrays by name, buffers included."""
    return {
        name: one.detach().cpu().contiguous().numpy().copy() for name, one in network.state_dict().items()
    }


def filled(network: Any, weights: Mapping[str, NDArray[Any]]) -> Any:
    """Give a network of the same shape its weights; it answers from now on.

    Raises
    ------
    ValueError
        When names or shapes do not fit.
    """
    torch = require("torch", extra="deep")
    try:
        network.load_state_dict({name: torch.from_numpy(one.copy()) for name, one in weights.items()})
    except RuntimeError as fault:  # torch's word for names or shapes that do not fit
        raise ValueError("weights and network do not match") from fault
    return network.eval()
