"""Progress of a long fit: told seldom, with the seconds that are left."""

from __future__ import annotations

import time
from collections.abc import Callable

_BETWEEN_S = 0.5


class Pace:
    """Tells ``progress`` the share done, inside an epoch at most twice a second."""

    def __init__(self, progress: Callable[[float], None]) -> None:
        self.progress = progress
        self.told = time.monotonic()

    def step(self, share: float) -> None:
        """Tell it when it was not told for a while."""
        if time.monotonic() - self.told >= _BETWEEN_S:
            self.tell(share)

    def tell(self, share: float) -> None:
        """Tell it now."""
        self.told = time.monotonic()
        self.progress(share)


def with_eta(
    tell: Callable[[float, float | None], None], clock: Callable[[], float] = time.monotonic
) -> Callable[[float], None]:
    """Return a progress for ``Context`` that tells the share done and the seconds left.

    Parameters
    ----------
    tell
        Called with the share and the seconds, None before there is a pace. Time counts
        from the first share that is told, so that a resumed fit is not thought fast.
    clock
        Seconds since some moment.
    """
    first: list[tuple[float, float]] = []

    def progress(share: float) -> None:
        now = clock()
        if not first:
            first.append((now, share))
        start, known = first[0]
        tell(share, (1.0 - share) * (now - start) / (share - known) if share > known else None)

    return progress
