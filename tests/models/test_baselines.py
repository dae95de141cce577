import pickle

import numpy as np
import pytest

from pilothouse.errors import MissingColumn
from pilothouse.models.baselines import Everyone, Nothing, Today
from pilothouse.models.target import Target
from pilothouse.types import Column, Context, Data, Kind, Role, Shape, Table


def with_today(data, values, kind):
    return data.with_table(data.table.put(Column("now", kind, Role.TODAY), values))


@pytest.mark.parametrize("candidate", [Nothing, Everyone])
@pytest.mark.parametrize("kind", ["binary", "classes"])
def test_constant_answers_the_base_rate(candidate, kind, make_shop):
    data, target = make_shop(kind=kind)
    said = candidate(target).build({}).fit(data, Context()).predict(data.table, Context())["probability"]
    shares = np.bincount(target.truth(data.table)) / data.rows
    np.testing.assert_allclose(said, np.tile(shares, (data.rows, 1)))


def test_number_nothing_is_the_median_everyone_the_mean(make_shop):
    data, target = make_shop(kind="number")
    truth = target.truth(data.table)
    for candidate, middle in ((Nothing, np.median(truth)), (Everyone, truth.mean())):
        said = candidate(target).build({}).fit(data, Context()).predict(data.table, Context())
        np.testing.assert_allclose(said["prediction"], middle)


def test_today_number_ranks_as_it_stands_even_where_it_is_wrong(make_shop):
    data, target = make_shop()
    data = with_today(data, np.nan_to_num(data.table["tenure"]), Kind.NUMBER)
    said = Today(target).build({}).fit(data, Context()).predict(data.table, Context())["probability"][:, 1]
    order = np.argsort(data.table["now"])
    assert (np.diff(said[order]) >= 0).all()


def test_today_words_get_their_share(make_shop):
    data, target = make_shop()
    truth = target.truth(data.table)
    flags = np.where(truth == 1, "call", "wait").astype(object)
    data = with_today(data, flags, Kind.CATEGORY)
    model = Today(target).build({}).fit(data, Context())
    said = model.predict(data.table, Context())["probability"][:, 1]
    assert said[truth == 1].min() > 0.8 > 0.2 > said[truth == 0].max()
    assert "now" in model.sentence().text("en")


def test_today_number_for_a_number_is_the_answer(make_shop):
    data, target = make_shop(kind="number")
    data = with_today(data, np.append(np.arange(data.rows - 1.0), np.nan), Kind.NUMBER)
    said = Today(target).build({}).fit(data, Context()).predict(data.table, Context())["prediction"]
    assert said[5] == 5.0 and said[-1] == np.median(target.truth(data.table))


def test_today_without_its_column_says_so(make_shop):
    data, target = make_shop()
    with pytest.raises(MissingColumn):
        Today(target).build({}).fit(data, Context())


@pytest.mark.parametrize("candidate", [Nothing, Everyone, Today])
@pytest.mark.parametrize("kind", ["binary", "classes", "number"])
def test_save_load_and_pickle_keep_the_answers(candidate, kind, make_shop, tmp_path):
    data, target = make_shop(kind=kind)
    data = with_today(data, np.nan_to_num(data.table["tenure"]), Kind.NUMBER)
    model = pickle.loads(pickle.dumps(candidate(target))).build({}).fit(data, Context())
    model.save(tmp_path)
    again = type(model).load(tmp_path)
    for name, values in model.predict(data.table, Context()).values.items():
        np.testing.assert_array_equal(values, again.predict(data.table, Context())[name])
    assert again.sentence() == model.sentence()


def test_stand_ins_have_words_and_cost_little():
    target = Target("y", "binary", ("n", "y"))
    for candidate in (Nothing(target), Everyone(target), Today(target)):
        assert candidate.is_stand_in and candidate.label.text("zh") and candidate.label.text("en")
        assert candidate.cost(Shape(10_000, 5, 5, 2)).seconds < 1.0
        assert candidate.feasible(Shape(10_000, 0, 0, 2), 1.0) is None


def test_constant_of_no_rows_is_empty(make_shop):
    data, target = make_shop()
    model = Nothing(target).build({}).fit(data, Context())
    empty = Data({"rows": Table((Column("x", Kind.NUMBER),), {"x": np.zeros(0)})})
    assert model.predict(empty.table, Context())["probability"].shape == (0, 2)
