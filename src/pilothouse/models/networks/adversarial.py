"""A generator and its critic, after DCGAN, with a loss that settles.

The generator draws pictures from noise by transposed convolutions, the critic reads
pictures by strided ones; no normalisation, so that a picture never depends on its batch.
Each learns from *pairs*: the critic says how much more real a real picture looks than a
drawn one, which keeps every real picture in play, and zero-centred penalties on its
slopes at real and drawn pictures make the game settle. Without these, two networks
trained against each other may circle or forget parts of the data.

References
----------
Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional
generative adversarial networks", 2016. Huang, Gokaslan, Kuleshov and Tompkin, "The GAN
is dead; long live the GAN! A modern GAN baseline" (R3GAN), 2024: the relativistic
pairing loss of Jolicoeur-Martineau (2019) with the R1 and R2 penalties of Mescheder,
Geiger and Nowozin (2018). Averaged weights: Yazici et al., 2019.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.weights import NetworkShape


@dataclass(frozen=True)
class AdversarialShape(NetworkShape):
    """Size of a pair.

    Parameters
    ----------
    channels, side
        Of pictures; ``side`` is a multiple of 4.
    code
        Dimensions of the noise.
    filters
        Of the finest layer; coarser ones have twice as many.
    penalty
        Weight of the zero-centred penalties.
    memory
        Share of the averaged generator that stays at each step.
    """

    channels: int
    side: int
    code: int = 32
    filters: int = 16
    penalty: float = 1.0
    memory: float = 0.999

    def __post_init__(self) -> None:
        if self.side % 4:
            raise ValueError(f"the side of pictures must be a multiple of 4, not {self.side}")


def adversarial(shape: AdversarialShape) -> Any:
    """Make the pair: (n, channels, side, side) in [0, 1] -> (n,) the critic's marks.

    ``generator`` and ``critic`` are trained in turn by ``drawing_loss`` and
    ``judging_loss``; ``average`` follows the generator and is what draws in the end.
    """
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Adversarial(nn.Module):  # type: ignore[misc, name-defined]
        """Generator, critic, and the generator's running average."""

        def __init__(self) -> None:
            super().__init__()
            self.generator, self.average = _generator(torch, shape), _generator(torch, shape)
            self.average.load_state_dict(self.generator.state_dict())
            self.average.requires_grad_(False)
            self.critic = _critic(torch, shape)

        def draw(self, codes: Any) -> Any:
            """(n, channels, side, side) pictures in [0, 1], by the averaged generator."""
            return self.average(codes)

        def features(self, pictures: Any) -> Any:
            """(n, width): what the critic's last layer sees."""
            return self.critic[:-1](pictures)

        def forward(self, pictures: Any) -> Any:
            return self.critic(pictures)[:, 0]

        def imagine(self, pictures: Any) -> Any:
            """As many drawn pictures as real ones."""
            return self.generator(torch.randn(len(pictures), shape.code, device=pictures.device))

        def follow(self) -> None:
            """Move the average a little towards the generator."""
            with torch.no_grad():
                for mean, now in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                    mean.lerp_(now, 1.0 - shape.memory)

    return Adversarial()


def judging_loss(network: Any, pictures: Any, penalty: float) -> Any:
    """The critic's loss: real above drawn, pair by pair, and gentle slopes at both."""
    torch = require("torch", extra="deep")
    with torch.no_grad():
        drawn = network.imagine(pictures)
    both = torch.cat([pictures, drawn]).requires_grad_(True)
    marks = network(both)
    real, false = marks.chunk(2)
    (slopes,) = torch.autograd.grad(marks.sum(), both, create_graph=True)
    steep = slopes.square().sum(dim=(1, 2, 3)).mean()  # of both halves: (R1 + R2) / 2
    return torch.nn.functional.softplus(false - real).mean() + penalty * steep


def drawing_loss(network: Any, pictures: Any) -> Any:
    """The generator's loss: drawn above real, pair by pair. Its average moves on as well."""
    torch = require("torch", extra="deep")
    network.follow()
    with torch.no_grad():
        real = network(pictures)
    return torch.nn.functional.softplus(real - network(network.imagine(pictures))).mean()


def _generator(torch: Any, shape: AdversarialShape) -> Any:
    nn, filters, start = torch.nn, shape.filters, shape.side // 4
    return nn.Sequential(
        nn.Linear(shape.code, 2 * filters * start * start),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (2 * filters, start, start)),
        nn.Conv2d(2 * filters, 2 * filters, 3, padding=1),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(2 * filters, filters, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(filters, shape.channels, 4, stride=2, padding=1),
        nn.Sigmoid(),
    )


def _critic(torch: Any, shape: AdversarialShape) -> Any:
    nn, filters, end = torch.nn, shape.filters, shape.side // 4
    return nn.Sequential(
        nn.Conv2d(shape.channels, filters, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(filters, 2 * filters, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(2 * filters * end * end, 8 * filters),
        nn.LeakyReLU(0.2),
        nn.Linear(8 * filters, 1),
    )
