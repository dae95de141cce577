from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="torch is not installed")

from pilothouse.models.pictures.changes import changer  # noqa: E402


def drawn(seed: int = 1) -> Any:
    return torch.Generator().manual_seed(seed)


def dot() -> Any:
    pictures = torch.zeros((200, 1, 21, 21), dtype=torch.uint8)
    pictures[:, :, 9:12, 9:12] = 255
    return pictures


def test_pictures_move_a_little_and_stay_whole() -> None:
    (moved,) = changer()([dot()], drawn())
    assert moved.shape == (200, 1, 21, 21) and float(moved.min()) >= 0 and float(moved.max()) <= 1.0
    place = moved[:, 0].flatten(1).argmax(1)
    down, right = place // 21 - 10, place % 21 - 10
    assert 1 <= int(down.abs().max()) <= 4 and 1 <= int(right.abs().max()) <= 4
    mass = moved.sum(dim=(1, 2, 3))
    assert float((mass - 9).abs().max()) < 4


def test_same_generator_same_changes() -> None:
    first, second = changer()([dot()], drawn())[0], changer()([dot()], drawn())[0]
    assert torch.equal(first, second) and not torch.equal(first, changer()([dot()], drawn(2))[0])


def test_nothing_is_mirrored_unless_said() -> None:
    left = torch.zeros((300, 1, 20, 20))
    left[:, :, :, :6] = 1.0

    def is_left(pictures: Any) -> Any:
        return pictures[:, 0, :, :10].sum(dim=(1, 2)) > pictures[:, 0, :, 10:].sum(dim=(1, 2))

    assert bool(is_left(changer()([left], drawn())[0]).all())
    share = float(is_left(changer(mirror=True)([left], drawn())[0]).float().mean())
    assert 0.35 < share < 0.65
