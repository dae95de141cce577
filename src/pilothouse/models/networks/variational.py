"""A variational autoencoder: draws pictures from codes that follow a normal distribution.

Trained by the evidence lower bound: what rebuilding a picture costs (binary
cross-entropy, pixels in [0, 1] taken as chances) plus what its code says more than the
prior does (KL). Fully connected: meant for small pictures, 784-400-20 on digits.

References
----------
Kingma and Welling, "Auto-encoding variational Bayes", 2014 (the bound, the
reparameterisation, and the closed form of the KL in its appendix B).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.weights import NetworkShape


@dataclass(frozen=True)
class VariationalShape(NetworkShape):
    """Size of a variational autoencoder.

    Parameters
    ----------
    inputs
        Numbers of one picture: channels x side x side.
    width, code
        Hidden layer on either side, and the dimensions of the code.
    """

    inputs: int
    width: int = 400
    code: int = 20


def variational(shape: VariationalShape) -> Any:
    """Make the network: (n, ...) of ``inputs`` numbers in [0, 1] -> logits, means, log variances."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Variational(nn.Module):  # type: ignore[misc, name-defined]
        """Encoder to a normal distribution, decoder from a draw of it."""

        def __init__(self) -> None:
            super().__init__()
            self.hidden = nn.Linear(shape.inputs, shape.width)
            self.mean = nn.Linear(shape.width, shape.code)
            self.spread = nn.Linear(shape.width, shape.code)
            self.up = nn.Linear(shape.code, shape.width)
            self.out = nn.Linear(shape.width, shape.inputs)

        def encode(self, pictures: Any) -> tuple[Any, Any]:
            """(n, code) means and log variances of the codes."""
            inner = torch.relu(self.hidden(pictures.flatten(1)))
            return self.mean(inner), self.spread(inner)

        def decode(self, codes: Any) -> Any:
            """(n, inputs) logits of the pixels."""
            return self.out(torch.relu(self.up(codes)))

        def features(self, pictures: Any) -> Any:
            """(n, code): the mean of each picture's code."""
            return self.encode(pictures)[0]

        def forward(self, pictures: Any) -> tuple[Any, Any, Any]:
            mean, spread = self.encode(pictures)
            drawn = mean + torch.exp(0.5 * spread) * torch.randn_like(mean)
            return self.decode(drawn), mean, spread

    return Variational()


def bound_loss(output: tuple[Any, Any, Any], pictures: Any) -> Any:
    """The negative evidence lower bound, the mean a picture in nats: BCE + KL to N(0, 1)."""
    torch = require("torch", extra="deep")
    logits, mean, spread = output
    truth = pictures.flatten(1)
    rebuilt = torch.nn.functional.binary_cross_entropy_with_logits(logits, truth, reduction="sum")
    divergence = -0.5 * (1.0 + spread - mean.square() - spread.exp()).sum()
    return (rebuilt + divergence) / len(truth)
