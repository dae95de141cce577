import numpy as np
import pytest

from pilothouse.models.training import TrainingPlan, has_bfloat16, mean_loss, train
from pilothouse.types import Context

torch = pytest.importorskip("torch", reason="needs the extra deep")
PLAN = TrainingPlan(epochs=6, batch=32, rate=1e-2, patience=None)


class Killed(BaseException):
    """Stands for the process that ends here."""


def network(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(16, 1)
    )


def rows(count, seed):
    maker = torch.Generator().manual_seed(seed)
    x = torch.randn(count, 4, generator=maker)
    return x, (x[:, :1] * x[:, 1:2]).sign()


def loss(out, aim):
    return torch.nn.functional.mse_loss(out.float(), aim)


def weights(one):
    return np.concatenate([v.numpy().ravel() for v in one.state_dict().values()])


def test_train_learns_and_keeps_the_best_epoch():
    made = network()
    before = mean_loss(made, rows(200, 2), loss, PLAN)
    done = train(made, rows(800, 1), rows(200, 2), loss, PLAN, Context())
    after = mean_loss(made, rows(200, 2), loss, PLAN)
    assert after < 0.8 * before and done.epochs == 6
    assert after == pytest.approx(min(done.history)) and done.history[done.best_epoch - 1] == min(
        done.history
    )


def test_train_same_seed_same_weights_other_seed_others():
    made = [network() for _ in range(3)]
    for one, seed in zip(made, (5, 5, 6), strict=True):
        train(one, rows(200, 1), None, loss, PLAN, Context(seed=seed))
    np.testing.assert_array_equal(weights(made[0]), weights(made[1]))
    assert np.abs(weights(made[0]) - weights(made[2])).max() > 0


@pytest.mark.parametrize("killed_at", [1, 3, 5])
def test_train_resumed_after_a_kill_ends_with_the_same_weights(killed_at, tmp_path):
    whole, cut = network(), network()
    check = rows(100, 2)
    train(whole, rows(300, 1), check, loss, PLAN, Context(seed=3))

    def kill(done):
        if round(done * PLAN.epochs) == killed_at:
            raise Killed

    with pytest.raises(Killed):
        train(cut, rows(300, 1), check, loss, PLAN, Context(seed=3, progress=kill, checkpoints=tmp_path))
    again = network(seed=77)
    done = train(again, rows(300, 1), check, loss, PLAN, Context(seed=3, checkpoints=tmp_path))
    assert done.resumed_at == killed_at and done.epochs == PLAN.epochs
    np.testing.assert_array_equal(weights(again), weights(whole))


def test_train_checkpoint_of_another_plan_is_left_alone(tmp_path):
    train(network(), rows(100, 1), None, loss, PLAN, Context(checkpoints=tmp_path))
    other = TrainingPlan(epochs=6, batch=32, rate=2e-2, patience=None)
    assert train(network(), rows(100, 1), None, loss, other, Context(checkpoints=tmp_path)).resumed_at == 0


def test_train_keeps_one_checkpoint_only(tmp_path):
    train(network(), rows(100, 1), None, loss, PLAN, Context(checkpoints=tmp_path))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["epoch-6.safetensors", "epoch.json"]


def test_train_stops_when_the_check_gets_no_better():
    plan = TrainingPlan(epochs=40, batch=16, rate=3e-2, patience=3, weight_decay=0.0)
    maker = torch.Generator().manual_seed(0)
    noise = (torch.randn(60, 4, generator=maker), torch.randn(60, 1, generator=maker))
    other = (torch.randn(200, 4, generator=maker), torch.randn(200, 1, generator=maker))
    done = train(network(), noise, other, loss, plan, Context())
    assert done.epochs == done.best_epoch + 3 < 40


def test_train_leaves_the_callers_random_state_and_threads_alone():
    torch.manual_seed(11)
    expected = torch.rand(3)
    threads = torch.get_num_threads()
    torch.manual_seed(11)
    train(network_without_draws := torch.nn.Linear(4, 1), rows(50, 1), None, loss, PLAN, Context())
    torch.manual_seed(11)
    made = network_without_draws(torch.zeros(1, 4))
    assert torch.equal(torch.rand(3), expected) and made.shape == (1, 1)
    assert torch.get_num_threads() == threads


def test_train_in_bfloat16_stays_close_to_float32():
    if not has_bfloat16():
        pytest.skip("this CPU does not multiply bfloat16")
    plain, half = network(), network()
    train(plain, rows(800, 1), None, loss, PLAN, Context())
    plan = TrainingPlan(epochs=6, batch=32, rate=1e-2, patience=None, half=True)
    train(half, rows(800, 1), None, loss, plan, Context())
    gap = mean_loss(half, rows(400, 2), loss, PLAN) - mean_loss(plain, rows(400, 2), loss, PLAN)
    assert abs(gap) < 0.1 and np.abs(weights(half) - weights(plain)).max() > 0
