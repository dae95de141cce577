import pytest

from pilothouse.models.training import TrainingPlan

torch = pytest.importorskip("torch", reason="needs the extra deep")


def rates(total=1000, **settings):
    plan = TrainingPlan(rate=0.1, **settings)
    return [plan.rate_at(step, total) for step in range(total)]


def test_rate_of_one_cycle_rises_then_falls():
    made = rates(warm_share=0.3)
    assert made[0] == pytest.approx(0.004) and max(made) == pytest.approx(0.1) and made[-1] < 1e-4
    assert made.index(max(made)) == 300 and sorted(made[300:], reverse=True) == made[300:]


def test_rate_of_the_cosine_equals_torchs():
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=0.1)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 100, eta_min=1e-5)
    for own in rates(100, schedule="cosine"):
        assert own == pytest.approx(theirs.get_last_lr()[0], rel=1e-6)
        optimiser.step()
        theirs.step()


def test_rate_of_steps_and_of_none():
    made = rates(100, schedule="step", step_at=(0.5, 0.8), step_by=0.1)
    assert (
        made[49] == pytest.approx(0.1) and made[50] == pytest.approx(0.01) and made[80] == pytest.approx(1e-3)
    )
    assert set(rates(100, schedule="constant")) == {0.1}


@pytest.mark.parametrize("name", ["AdamW", "SGD"])
def test_optimiser_is_the_one_asked_for(name):
    plan = TrainingPlan(optimiser=name.lower(), momentum=0.5, weight_decay=0.1)
    made = plan.optimiser_for(torch, [torch.nn.Parameter(torch.zeros(1))])
    group = made.param_groups[0]
    assert type(made).__name__ == name and group["weight_decay"] == 0.1
    assert (group["betas"][0] if name == "AdamW" else group["momentum"]) == 0.5
