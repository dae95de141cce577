import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra deep")

from models.training.lessons import Duel, judged, loss, made, right, rows  # noqa: E402
from models.training.lessons import network as plain_network  # noqa: E402
from pilothouse.models.networks.weights import filled, weights_of  # noqa: E402
from pilothouse.models.training import Lesson, Player, TrainingPlan, mean_loss, precision, train  # noqa: E402
from pilothouse.types import Context  # noqa: E402

PLAN = TrainingPlan(epochs=6, batch=32, rate=1e-2, patience=None)
LESSON = Lesson(rows(300, 1), rows(100, 2), loss)
PLAYERS = (Player("judge", judged), Player("maker", made, pace=0.5))


class Killed(BaseException):
    """Stands for the process that ends here."""


def network(seed=0, dropout=0.2):
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Dropout(dropout), torch.nn.Linear(16, 1)
    )


def flat(one):
    return np.concatenate([v.ravel() for v in weights_of(one).values()])


def test_train_learns_and_keeps_the_best_epoch():
    made, lesson = network(), Lesson(rows(800, 1), rows(200, 2), loss)
    before = mean_loss(made, lesson.check, loss, PLAN)
    done = train(made, lesson, PLAN, Context())
    after = mean_loss(made, lesson.check, loss, PLAN)
    assert after < 0.8 * before and done.epochs == 6
    assert after == pytest.approx(min(done.history)) == pytest.approx(done.history[done.best_epoch - 1])


def test_train_same_seed_same_weights_other_seed_others():
    made = [network() for _ in range(3)]
    for one, seed in zip(made, (5, 5, 6), strict=True):
        train(one, Lesson(rows(200, 1), None, loss), PLAN, Context(seed=seed))
    np.testing.assert_array_equal(flat(made[0]), flat(made[1]))
    assert np.abs(flat(made[0]) - flat(made[2])).max() > 0


@pytest.mark.parametrize("plan", [PLAN, replace(PLAN, optimiser="sgd", schedule="step", accumulate=2)])
@pytest.mark.parametrize("killed_at", [1, 5])
def test_train_resumed_after_a_stop_ends_with_the_same_weights(killed_at, plan, tmp_path):
    whole, cut, again = network(), network(), network(seed=77)
    expected = train(whole, LESSON, plan, Context(seed=3))

    def kill(done):
        if done >= killed_at / plan.epochs:
            raise Killed

    with pytest.raises(Killed):
        train(cut, LESSON, plan, Context(seed=3, progress=kill, checkpoints=tmp_path))
    done = train(again, LESSON, plan, Context(seed=3, checkpoints=tmp_path))
    assert done.resumed_at == killed_at and done.curves() == expected.curves()
    np.testing.assert_array_equal(flat(again), flat(whole))


WORKER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from models.training.test_trainer import LESSON, PLAN, network, train
from pilothouse.types import Context
slow = Context(seed=3, progress=lambda _: time.sleep(0.3), checkpoints=Path(sys.argv[2]))
train(network(), LESSON, PLAN, slow)
"""


def test_train_killed_by_signal_9_resumes_to_the_same_weights(tmp_path):
    whole, again = network(), network(seed=77)
    train(whole, LESSON, PLAN, Context(seed=3))
    tests = str(__import__("pathlib").Path(__file__).parents[2])
    process = subprocess.Popen([sys.executable, "-c", WORKER, tests, str(tmp_path)], cwd=tests)
    while not (tmp_path / "epoch.json").is_file() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = train(again, LESSON, PLAN, Context(seed=3, checkpoints=tmp_path))
    assert 0 < done.resumed_at < PLAN.epochs
    np.testing.assert_array_equal(flat(again), flat(whole))


def test_train_checkpoint_of_another_plan_is_left_alone(tmp_path):
    train(network(), LESSON, PLAN, Context(checkpoints=tmp_path))
    other = replace(PLAN, rate=2e-2)
    assert train(network(), LESSON, other, Context(checkpoints=tmp_path)).resumed_at == 0


def test_train_stops_when_the_check_gets_no_better():
    plan = TrainingPlan(epochs=40, batch=16, rate=3e-2, patience=3, weight_decay=0.0)
    maker = torch.Generator().manual_seed(0)
    noise = (torch.randn(60, 4, generator=maker), torch.randn(60, 1, generator=maker))
    other = (torch.randn(200, 4, generator=maker), torch.randn(200, 1, generator=maker))
    done = train(network(), Lesson(noise, other, loss), plan, Context())
    assert done.epochs == done.best_epoch + 3 < 40


def test_train_leaves_the_callers_random_state_and_threads_alone():
    torch.manual_seed(11)
    expected, threads, made = torch.rand(3), torch.get_num_threads(), network()
    torch.manual_seed(11)
    train(made, LESSON, PLAN, Context())
    assert torch.equal(torch.rand(3), expected) and torch.get_num_threads() == threads


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_train_in_parts_takes_the_steps_of_the_large_batch(parts):
    whole, cut = plain_network(), plain_network()
    cut.load_state_dict(whole.state_dict())
    plan = replace(PLAN, batch=70)
    one = train(whole, LESSON, plan, Context())
    two = train(cut, LESSON, replace(plan, accumulate=parts), Context())
    np.testing.assert_allclose(two.history, one.history, atol=1e-5)
    np.testing.assert_allclose(flat(cut), flat(whole), atol=1e-4)


def test_train_curves_hold_one_value_an_epoch():
    done = train(network(), replace(LESSON, metric=right), PLAN, Context())
    curves = done.curves()
    assert {name: len(values) for name, values in curves.items()} == dict.fromkeys(
        ("epoch", "loss", "learning", "metric", "rate"), 6
    )
    assert curves["metric"][-1] > max(0.65, curves["metric"][0]) and curves["rate"][
        -1
    ] < 0.01 * PLAN.rate < max(curves["rate"])


def test_train_augments_what_it_learns_from_and_nothing_else():
    seen = []

    def dark(inputs, generator):
        seen.append(float(torch.rand(1, generator=generator)))
        return [one * 0.0 for one in inputs]

    blind = train(network(), replace(LESSON, augment=dark), PLAN, Context())
    assert len(set(seen)) == 10 * 6 and min(blind.history) > 0.9
    again = seen.copy()
    seen.clear()
    train(network(), replace(LESSON, augment=dark), PLAN, Context())
    assert seen == again


def test_train_l1_makes_weights_small_that_l2_only_shrinks():
    small = {}
    for name in ("", "l1", "l2"):
        made = network(dropout=0.0)
        plan = replace(PLAN, epochs=30, weight_decay=0.0, **({name: 0.02} if name else {}))
        train(made, Lesson(LESSON.learn, None, loss), plan, Context())
        weights = torch.cat([one.detach().ravel() for one in made.parameters() if one.ndim > 1])
        small[name] = (float((weights.abs() < 5e-3).float().mean()), float(weights.norm()))
    assert small["l1"][0] > 0.4 > max(small[""][0], small["l2"][0])
    assert small["l2"][1] < 0.8 * small[""][1]


def test_train_l2_is_the_weight_decay_of_sgd():
    linear = [torch.nn.Linear(4, 1, bias=False) for _ in range(2)]
    linear[1].load_state_dict(linear[0].state_dict())
    plan = replace(PLAN, optimiser="sgd", largest_step=float("inf"), weight_decay=0.0)
    train(linear[0], LESSON, replace(plan, l2=0.1), Context())
    train(linear[1], LESSON, replace(plan, weight_decay=0.1), Context())
    np.testing.assert_allclose(flat(linear[0]), flat(linear[1]), atol=1e-6)


def test_train_clips_gradients():
    made = network(dropout=0.0)
    plan = replace(
        PLAN, epochs=1, batch=300, optimiser="sgd", momentum=0.0, weight_decay=0.0, schedule="constant"
    )
    before = flat(made)
    train(made, Lesson(LESSON.learn, None, loss), replace(plan, largest_step=1e-3, rate=1.0), Context())
    assert np.linalg.norm(flat(made) - before) == pytest.approx(1e-3, rel=1e-3)


def test_train_leaves_frozen_parameters_alone():
    made = network()
    made[0].weight.requires_grad_(False)
    before = made[0].weight.clone()
    train(made, LESSON, PLAN, Context())
    assert torch.equal(made[0].weight, before) and not made[0].weight.requires_grad


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_train_in_half_stays_close_to_float32(kind, monkeypatch):
    monkeypatch.setattr(precision, "half_type", lambda torch, device: kind)
    plain, half = network(), network()
    lesson = Lesson(rows(800, 1), None, loss)
    train(plain, lesson, PLAN, Context())
    train(half, lesson, replace(PLAN, half=True), Context())
    gap = mean_loss(half, rows(400, 2), loss, PLAN) - mean_loss(plain, rows(400, 2), loss, PLAN)
    assert abs(gap) < 0.1 and np.abs(flat(half) - flat(plain)).max() > 0


def test_train_players_learn_in_turn_each_its_own_part(tmp_path):
    torch.manual_seed(0)
    duel, again = Duel(), Duel()
    again.load_state_dict(duel.state_dict())
    real = (torch.full((256, 1), 3.0),)
    plan = TrainingPlan(epochs=40, batch=32, rate=5e-2, patience=None, momentum=0.5, weight_decay=0.0)
    lesson = Lesson(real, players=PLAYERS)
    done = train(duel, lesson, plan, Context())
    assert duel.maker(torch.ones(1, 1)).item() == pytest.approx(3.0, abs=0.3)
    assert set(done.players) == {"judge", "maker"} and len(done.players["maker"]) == done.epochs == 40
    assert all(one.requires_grad for one in duel.parameters())

    def kill(share):
        if share >= 0.5:
            raise Killed

    with pytest.raises(Killed):
        train(again, lesson, plan, Context(progress=kill, checkpoints=tmp_path))
    resumed = train(again, lesson, plan, Context(checkpoints=tmp_path))
    assert resumed.resumed_at == 20
    np.testing.assert_array_equal(flat(again), flat(duel))


def test_train_players_keep_the_epoch_that_the_judge_prefers():
    duel = Duel()
    worth = iter([3.0, 1.0, 2.0, 5.0])
    lesson = Lesson((torch.ones(8, 1),), players=PLAYERS, judge=lambda _: next(worth))
    done = train(duel, lesson, TrainingPlan(epochs=4, patience=None), Context())
    assert done.best_epoch == 2 and done.history == [3.0, 1.0, 2.0, 5.0]


def test_filled_network_answers_as_the_trained_one():
    made = network()
    train(made, LESSON, PLAN, Context())
    again = filled(network(seed=9), weights_of(made))
    assert torch.equal(again(LESSON.check[0]), made(LESSON.check[0]))
