import pytest

from pilothouse.models.training import with_eta
from pilothouse.models.training.progress import Pace


def test_with_eta_counts_from_the_first_share_it_is_told():
    told, times = [], iter([100.0, 110.0, 130.0])
    progress = with_eta(lambda share, left: told.append((share, left)), clock=lambda: next(times))
    for share in (0.5, 0.6, 1.0):
        progress(share)
    assert told[0] == (0.5, None) and told[2] == (1.0, 0.0)
    assert told[1] == (0.6, pytest.approx(40.0))


def test_pace_tells_steps_seldom_and_the_rest_at_once():
    told = []
    pace = Pace(told.append)
    for step in range(100):
        pace.step(step / 100)
    pace.tell(1.0)
    assert told[-1] == 1.0 and len(told) < 50
    pace.told -= 10.0
    pace.step(0.3)
    assert told[-1] == 0.3
