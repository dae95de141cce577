"""The network of events."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from pilothouse.models.networks.events import EventsShape, events  # noqa: E402

SHAPE = EventsShape(kinds=3, items=5, gaps=8, amounts=4, width=16, blocks=1, window=7, dropout=0.0)


def parts(length: int = 5, rows: int = 4) -> list[torch.Tensor]:
    torch.manual_seed(0)
    made = [torch.randint(1, size + 1, (rows, length)) for size in (3, 5, 8, 4)]
    made[0][:, -1] = SHAPE.kinds + 1  # the mark of the moment
    made[1][:, -1] = made[3][:, -1] = 0
    return made


def made() -> torch.nn.Module:
    torch.manual_seed(1)
    return events(SHAPE).eval()


def test_each_place_sees_the_past_only() -> None:
    network, before = made(), parts()
    after = [one.clone() for one in before]
    after[0][:, 3] = after[0][:, 3] % 3 + 1
    one, other = network(*before), network(*after)
    assert one.shape == (4, 5, 16)
    torch.testing.assert_close(one[:, :3], other[:, :3])
    assert not torch.allclose(one[:, 3:], other[:, 3:])


def test_features_do_not_know_what_a_row_was_filled_up_with() -> None:
    network, tight = made(), parts()
    wide = [torch.nn.functional.pad(one, (0, 2)) for one in tight]
    features = network.features(*tight)
    assert features.shape == (4, SHAPE.described)
    torch.testing.assert_close(features, network.features(*wide))


def test_a_row_without_events_has_features() -> None:
    alone = [torch.tensor([[value]]) for value in (SHAPE.kinds + 1, 0, 1, 0)]
    assert torch.isfinite(made().features(*alone)).all()


def test_shape_survives_json() -> None:
    assert EventsShape(**SHAPE.state()) == SHAPE
