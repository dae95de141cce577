import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.models.blend import Blend, blend_weights, mix
from pilothouse.models.boosting import Boosting
from pilothouse.models.linear import Linear
from pilothouse.types import Answers, Context, Shape

OWN = {"boosting": {"trees": 40, "rate": 0.1}}


def probability(values):
    return Answers({"probability": np.stack([1 - np.asarray(values), values], axis=1)})


def test_blend_answers_the_weighted_mean_of_its_members(make_shop):
    data, target = make_shop()
    members = (Linear(target), Boosting(target))
    given_weights = {"weights": {"linear": 0.25, "boosting": 0.75}, "members": OWN}
    said = Blend(members).build(given_weights).fit(data, Context()).predict(data.table, Context())
    alone = [
        m.build(OWN.get(m.name, {})).fit(data, Context()).predict(data.table, Context()) for m in members
    ]
    expected = 0.25 * alone[0]["probability"] + 0.75 * alone[1]["probability"]
    np.testing.assert_allclose(said["probability"], expected)


def test_blend_batches_of_a_small_table_answer_as_its_members_do(make_shop):
    data, target = make_shop()

    def batches():
        for start in range(0, data.rows, 150):
            yield data.table.take(slice(start, start + 150))

    members = (Linear(target), Boosting(target))
    given_weights = {"weights": {"linear": 0.25, "boosting": 0.75}, "members": OWN}
    said = Blend(members).build(given_weights).fit_batches(batches, Context()).predict(data.table, Context())
    alone = [
        m.build(OWN.get(m.name, {})).fit_batches(batches, Context()).predict(data.table, Context())
        for m in members
    ]
    expected = 0.25 * alone[0]["probability"] + 0.75 * alone[1]["probability"]
    np.testing.assert_allclose(said["probability"], expected)


def test_blend_member_without_a_share_is_not_fitted(make_shop):
    _, target = make_shop()
    model = Blend((Linear(target), Boosting(target))).build({"weights": {"linear": 1.0, "boosting": 0.0}})
    assert [m.kind for m in model.members] == ["linear"] and model.weights == (1.0,)


def test_blend_save_load_pickle_keep_the_answers(make_shop, tmp_path):
    data, target = make_shop()
    model = Blend((Linear(target), Boosting(target))).build({"members": OWN}).fit(data, Context())
    model.save(tmp_path)
    expected = model.predict(data.table, Context())["probability"]
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict(data.table, Context())["probability"], expected)


def test_blend_progress_rises_over_its_members(make_shop):
    data, target = make_shop()
    seen = []
    model = Blend((Linear(target), Boosting(target))).build({"members": OWN})
    model.fit(data, Context(progress=seen.append))
    assert seen == sorted(seen) and seen[-1] == 1.0


def test_blend_costs_its_members_together(make_shop):
    _, target = make_shop()
    members, shape = (Linear(target), Boosting(target)), Shape(10_000, 5, 5, 2, 30)
    assert Blend(members).cost(shape).seconds == sum(m.cost(shape).seconds for m in members)
    assert Blend(members).feasible(shape, 60.0) is None
    assert Blend(members).feasible(Shape(100, 0, 0, 2), 60.0) is not None


def test_weights_find_the_mixture_that_made_the_truth():
    rng = np.random.default_rng(0)
    first, second = rng.uniform(0.02, 0.98, 20_000), rng.uniform(0.02, 0.98, 20_000)
    truth = (rng.random(20_000) < 0.3 * first + 0.7 * second).astype(int)
    found = blend_weights(truth, {"a": probability(first), "b": probability(second)}, "binary")
    assert found["a"] == pytest.approx(0.3, abs=0.05)


def test_weights_leave_out_a_member_of_pure_noise():
    rng = np.random.default_rng(0)
    good = rng.uniform(0.02, 0.98, 5_000)
    truth = (rng.random(5_000) < good).astype(int)
    found = blend_weights(
        truth, {"noise": probability(rng.random(5_000)), "good": probability(good)}, "binary"
    )
    assert found["good"] > 0.95


def test_weights_of_a_number_lower_the_absolute_error():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=3_000)
    answers = {n: Answers({"prediction": truth + rng.normal(size=3_000)}) for n in ("a", "b")}
    found = blend_weights(truth, answers, "number")
    blended = mix(list(answers.values()), list(found.values()))["prediction"]
    errors = [np.abs(one["prediction"] - truth).mean() for one in answers.values()]
    assert np.abs(blended - truth).mean() < min(errors) and 0.4 < found["a"] < 0.6


def test_weights_leave_out_rows_without_an_answer():
    said = np.array([0.9, np.nan, 0.2, 0.8])
    found = blend_weights(np.array([1, 1, 0, 1]), {"a": probability(said)}, "binary")
    assert found == {"a": 1.0}


@settings(max_examples=25)
@given(st.integers(1, 4), st.integers(0, 10_000))
def test_weights_are_shares(members, seed):
    rng = np.random.default_rng(seed)
    answers = {str(i): probability(rng.random(50)) for i in range(members)}
    found = blend_weights(rng.integers(0, 2, 50), answers, "binary")
    assert sum(found.values()) == pytest.approx(1.0) and min(found.values()) >= 0.0
    assert list(found) == list(answers)
