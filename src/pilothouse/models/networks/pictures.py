"""What networks for pictures share: from bytes to numbers around zero."""

from __future__ import annotations

from typing import Any


def centred(pictures: Any) -> Any:
    """Return pictures as numbers from -1 to 1: bytes from 0 to 255, or numbers from 0 to 1."""
    if not pictures.is_floating_point():
        pictures = pictures.float() / 255.0
    return pictures * 2.0 - 1.0
