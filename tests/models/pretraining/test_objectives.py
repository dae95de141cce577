"""Lessons without labels: what can be guessed is learnt, what cannot be is not seen."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from pilothouse.models.networks.convolution import ConvolutionShape, convolution  # noqa: E402
from pilothouse.models.networks.events import EventsShape, events  # noqa: E402
from pilothouse.models.networks.transformer import TransformerShape, encoder  # noqa: E402
from pilothouse.models.pretraining.objectives import (  # noqa: E402
    masked_picture,
    masked_token,
    next_event,
    pretrain,
)
from pilothouse.models.training import TrainingPlan  # noqa: E402
from pilothouse.types import Context  # noqa: E402

EVENTS = EventsShape(kinds=3, items=0, gaps=4, amounts=0, width=16, blocks=1, heads=1, window=9, dropout=0.0)


def cycle(rows: int = 64, length: int = 8) -> list[torch.Tensor]:
    """1, 2, 3, 1, 2, 3, ... from a random start: the next event follows from the last."""
    start = torch.randint(0, 3, (rows, 1), generator=torch.Generator().manual_seed(0))
    kind = (start + torch.arange(length)) % 3 + 1
    kind[:, -1] = EVENTS.kinds + 1
    none = torch.zeros_like(kind)
    return [kind, none, kind.clamp(max=3), none]


def test_next_event_is_learnt_where_it_follows() -> None:
    torch.manual_seed(0)
    rows = cycle()
    done = pretrain(
        events(EVENTS),
        next_event(EVENTS),
        (rows, rows),
        TrainingPlan(epochs=25, batch=16, rate=1e-2),
        Context(),
    )
    assert done.history[0] > 0.5 and min(done.history) < 0.1


def test_next_event_weighs_guesses_and_not_rows() -> None:
    pupil = next_event(EVENTS).pupil(events(EVENTS)).eval()
    kind = torch.tensor([[1, 2, 3, 1, 4], [1, 2, 4, 0, 0], [4, 0, 0, 0, 0]])
    none = torch.zeros_like(kind)
    assert pupil(kind, none, (kind > 0).long(), none)[:, 1].tolist() == [3, 1, 0]


def test_masked_words_are_learnt_from_both_sides() -> None:
    shape = TransformerShape(words=6, width=16, blocks=1, heads=1, window=6, dropout=0.0)
    first = torch.randint(1, 7, (96, 1), generator=torch.Generator().manual_seed(0))
    tokens = first.repeat(1, 6)  # any word seen tells all others
    torch.manual_seed(0)
    plan = TrainingPlan(epochs=30, batch=16, rate=1e-2)
    done = pretrain(encoder(shape), masked_token(shape, 0.3), ([tokens], [tokens]), plan, Context())
    assert min(done.history) < 0.3 * math.log(6)


def test_what_is_masked_while_checking_stays_the_same() -> None:
    shape = TransformerShape(words=6, width=8, blocks=1, heads=1, window=6, dropout=0.0)
    pupil = masked_token(shape).pupil(encoder(shape)).eval()
    tokens = torch.randint(1, 7, (20, 6), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(pupil(tokens), pupil(tokens))
    tokens[:, 4:] = 0
    assert pupil(tokens)[:, 1].max() <= 4  # nothing is never guessed


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_pictures_are_rebuilt(share: float) -> None:
    shape = ConvolutionShape(channels=1, side=8, outputs=2, filters=(4,), width=16, normalise=False)
    bars = torch.zeros(64, 1, 8, 8)
    bars[::2, :, :, :4] = 1.0
    bars[1::2, :, :, 4:] = 1.0
    torch.manual_seed(0)
    plan = TrainingPlan(epochs=20, batch=16, rate=1e-2, patience=None)
    objective = masked_picture(16, 1, 8, share)
    done = pretrain(convolution(shape), objective, ([bars], [bars]), plan, Context())
    assert done.history[-1] < 0.3 < done.history[0]


def test_the_same_seed_gives_the_same_weights() -> None:
    def trained() -> torch.Tensor:
        torch.manual_seed(0)
        network = events(EVENTS)
        rows = cycle(16)
        pretrain(network, next_event(EVENTS), (rows, None), TrainingPlan(epochs=2, batch=8), Context(seed=3))
        return network.trunk.norm.weight.detach()

    torch.testing.assert_close(trained(), trained(), rtol=0, atol=0)
