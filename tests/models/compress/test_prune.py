import copy

import pytest

from pilothouse.models.compress.prune import prune, zeros
from pilothouse.models.training import TrainingPlan, mean_loss
from pilothouse.types import Context

PLAN = TrainingPlan(epochs=2, batch=32, rate=3e-3, patience=None)


def test_prune_leaves_the_share_as_zeros_and_trains_the_rest(small):
    import torch

    network = copy.deepcopy(small.network)
    done = prune(network, 0.8, small.lesson, PLAN, Context())
    assert len(done) == 3 and zeros(network) == pytest.approx(0.8, abs=0.005)
    assert zeros(small.network) < 0.01
    judged = [torch.from_numpy(one) for one in small.judged]
    with torch.no_grad():
        assert float((network(judged[0]).argmax(1) == judged[1]).float().mean()) > 0.9
    assert set(network.state_dict()) == set(small.network.state_dict()), "a plain network again"


def test_prune_cuts_the_smallest_of_all_layers_together(small):
    import torch

    network = copy.deepcopy(small.network)
    still = TrainingPlan(epochs=1, batch=600, rate=0.0, weight_decay=0.0, patience=None)
    prune(network, 0.5, small.lesson, still, Context(), rounds=1)
    before = torch.cat([one.flatten() for one in weights(small.network)])
    after = torch.cat([one.flatten() for one in weights(network)])
    assert before[after == 0].abs().max() <= before[after != 0].abs().min()
    assert torch.equal(before[after != 0], after[after != 0])


def test_prune_with_training_loses_less_than_without(small):
    def lost(plan):
        network = copy.deepcopy(small.network)
        prune(network, 0.9, small.lesson, plan, Context())
        return mean_loss(network, small.lesson.learn, small.lesson.loss, plan)

    assert lost(PLAN) < 0.7 * lost(TrainingPlan(epochs=1, batch=600, rate=0.0, patience=None))


def test_prune_killed_after_a_round_ends_with_the_same_weights(small, tmp_path):
    import torch

    whole, cut = copy.deepcopy(small.network), copy.deepcopy(small.network)
    prune(whole, 0.6, small.lesson, PLAN, Context(), rounds=2)
    prune(copy.deepcopy(small.network), 0.6, small.lesson, PLAN, Context(checkpoints=tmp_path), rounds=2)
    done = prune(cut, 0.6, small.lesson, PLAN, Context(checkpoints=tmp_path), rounds=2)
    assert [one.resumed_at for one in done] == [2, 2]
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(cut), strict=True))


@pytest.mark.parametrize(("share", "rounds"), [(1.0, 3), (-0.1, 3), (0.5, 0)])
def test_prune_refuses_what_leaves_nothing(small, share, rounds):
    with pytest.raises(ValueError, match="share"):
        prune(small.network, share, small.lesson, PLAN, Context(), rounds)


def weights(network):
    return [one for name, one in network.state_dict().items() if name.endswith("weight") and one.dim() > 1]
