import json
import math

from pilothouse.models.training import Trained


def test_trained_survives_json_with_numbers_that_are_none():
    done = Trained(2, 1, [0.5, math.nan], learning=[1.0, math.inf], players={"maker": [0.1, 0.2]})
    again = Trained.restore(json.loads(json.dumps(done.state(), allow_nan=False)))
    assert again.history[0] == 0.5 and math.isnan(again.history[1]) and again.players == done.players
    assert (again.epochs, again.best_epoch, again.resumed_at) == (2, 1, 0)


def test_trained_curves_leave_empty_ones_out():
    curves = Trained(2, 2, [0.5, 0.4], learning=[0.6, math.nan], rates=[1.0, 0.1]).curves()
    assert curves == {"epoch": [1, 2], "loss": [0.5, 0.4], "learning": [0.6, None], "rate": [1.0, 0.1]}
