"""Lessons without labels: guess the masked word, the next event, the masked part of a picture.

An objective puts what it needs on top of a network, a *pupil*, which is thrown away after
the lesson; the network stays. A pupil is called with a batch and returns, row by row, the
sum of its losses and how many there are, so that long sequences weigh more than short ones.

References
----------
Masked words: Devlin et al., "BERT", 2019. The next event: Radford et al., "Improving
language understanding by generative pre-training", 2018. Masked pictures: Vincent et al.,
"Extracting and composing robust features with denoising autoencoders", 2008; He et al.,
"Masked autoencoders are scalable vision learners", 2022.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.events import PARTS, EventsShape
from pilothouse.models.networks.transformer import TransformerShape, tied
from pilothouse.models.training import Lesson, Trained, TrainingPlan, train
from pilothouse.types import Context

_LAST_MASK = 12_345  # what is masked of rows that check is the same in every epoch


@dataclass(frozen=True)
class Objective:
    """What is to be guessed.

    Parameters
    ----------
    name
        "masked_token", "next_event" or "masked_picture".
    pupil
        Makes the pupil of a network.
    """

    name: str
    pupil: Callable[[Any], Any]


def pretrain(
    network: Any, objective: Objective, rows: tuple[Any, Any | None], plan: TrainingPlan, context: Context
) -> Trained:
    """Train ``network`` in place on rows without labels.

    Parameters
    ----------
    network
        Takes the tensors of ``rows``.
    rows
        Tensors with one row for each example: to learn from, and to stop by (or None).

    Returns
    -------
    Trained
        Its curves; the loss is a mean a guess, in nats.
    """
    torch = require("torch", extra="deep")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        pupil = objective.pupil(network)
    learn, check = ([*part, torch.zeros(len(part[0]))] if part is not None else None for part in rows)
    assert learn is not None
    done = train(pupil, Lesson(learn, check, _mean_guess), plan, context)
    network.eval()
    return done


def _mean_guess(output: Any, _: Any) -> Any:
    return output[:, 0].sum() / output[:, 1].sum().clamp(min=1)


def masked_token(shape: TransformerShape, share: float = 0.15) -> Objective:
    """Guess words that were hidden, from both sides: for an encoder over tokens (n, length)."""
    torch = require("torch", extra="deep")
    nn, functional = torch.nn, torch.nn.functional

    class Masked(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, network: Any) -> None:
            super().__init__()
            self.network = network
            self.mask = nn.Parameter(torch.randn(shape.width) * shape.width**-0.5)

        def forward(self, tokens: Any) -> Any:
            hidden_word = (_drawn(torch, tokens.shape, self.training, tokens.device) < share) & (tokens != 0)
            vectors = torch.where(hidden_word[:, :, None], self.mask, self.network.word(tokens))
            scores = tied(self.network, self.network.over(vectors, tokens != 0)[hidden_word])
            row = torch.nonzero(hidden_word)[:, 0]
            losses = functional.cross_entropy(scores, tokens[hidden_word] - 1, reduction="none")
            return _by_row(torch, len(tokens), row, losses)

    return Objective("masked_token", Masked)


def next_event(shape: EventsShape) -> Objective:
    """Guess kind, item, gap and amount of each event from those before it."""
    torch = require("torch", extra="deep")
    nn, functional = torch.nn, torch.nn.functional
    guessed = [name for name in PARTS if getattr(shape, f"{name}s") > 1]

    class Next(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, network: Any) -> None:
            super().__init__()
            self.network = network
            self.turn = nn.ModuleDict({name: nn.Linear(shape.width, shape.width) for name in guessed})
            self.bias = nn.ParameterDict(
                {name: nn.Parameter(torch.zeros(shape.sizes[name])) for name in guessed}
            )

        def forward(self, *parts: Any) -> Any:
            named = dict(zip(PARTS, parts, strict=True))
            hidden = self.network(*parts)[:, :-1]
            ahead = named["kind"][:, 1:]
            row, place = torch.nonzero((ahead != 0) & (ahead <= shape.kinds), as_tuple=True)
            from_here, total = hidden[row, place], 0.0
            for name in guessed:
                truth = named[name][row, place + 1]
                scores = self.turn[name](from_here) @ self.network.parts[name].weight[1:].T + self.bias[name]
                losses = functional.cross_entropy(scores, truth - 1, reduction="none", ignore_index=-1)
                total = total + losses / len(guessed)
            return _by_row(torch, len(ahead), row, total)

    return Objective("next_event", Next)


def masked_picture(described: int, channels: int, side: int, share: float = 0.5, patch: int = 4) -> Objective:
    """Rebuild pictures of which squares were painted over; a share of 0 is plain autoencoding.

    Parameters
    ----------
    described
        Numbers of the network's ``features``.
    channels, side
        Of the pictures, (n, channels, side, side) in 0 to 1; ``patch`` divides the side.
    share, patch
        Share of the squares that are painted over, and pixels of their sides.
    """
    torch = require("torch", extra="deep")
    nn, functional = torch.nn, torch.nn.functional
    across = -(-side // patch)

    class Rebuilt(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, network: Any) -> None:
            super().__init__()
            self.network = network
            wide = 4 * described
            self.draw = nn.Sequential(
                nn.Linear(described, wide), nn.ReLU(), nn.Linear(wide, channels * side * side)
            )

        def forward(self, pictures: Any) -> Any:
            size = (len(pictures), 1, across, across)
            seen = _drawn(torch, size, self.training, pictures.device) >= share
            squares = seen.repeat_interleave(patch, 2).repeat_interleave(patch, 3)[..., :side, :side]
            logits = self.draw(self.network.features(pictures * squares))
            losses = functional.binary_cross_entropy_with_logits(
                logits, pictures.flatten(1), reduction="none"
            )
            return torch.stack([losses.mean(dim=1), torch.ones_like(losses[:, 0])], dim=1)

    return Objective("masked_picture", Rebuilt)


def _drawn(torch: Any, size: Any, training: bool, device: Any) -> Any:
    """Draw uniform numbers: anew while learning, always the same ones while checking."""
    if training:
        return torch.rand(size, device=device)
    fixed = torch.Generator().manual_seed(_LAST_MASK)
    return torch.rand(size, generator=fixed).to(device)


def _by_row(torch: Any, rows: int, row: Any, losses: Any) -> Any:
    """Sum losses by row, and count them: (rows, 2)."""
    both = torch.stack([losses.float(), torch.ones_like(losses, dtype=torch.float32)], dim=1)
    return torch.zeros(rows, 2, device=both.device).index_add(0, row, both)
