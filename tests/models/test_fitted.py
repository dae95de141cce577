from dataclasses import replace

import numpy as np
import pytest

from pilothouse.errors import BadTable, Corrupt, MissingColumn
from pilothouse.models.calibration import Calibration
from pilothouse.models.fitted import Fitted, schema_of, with_residuals
from pilothouse.models.linear import Linear
from pilothouse.types import Column, Context, Kind, Role, Table


@pytest.fixture
def served(make_shop):
    data, target = make_shop()
    model = Linear(target).build({}).fit(data, Context())
    fitted = Fitted(target, schema_of(data.table), model, Calibration("logistic", (0.8, -0.2)), 0.4)
    return fitted, data.table.drop(["outcome"])


def test_fitted_applies_its_calibration(served):
    fitted, table = served
    plain = fitted.model.predict(table, Context())["probability"]
    np.testing.assert_array_equal(fitted.predict(table)["probability"], fitted.calibration.apply(plain))


def test_fitted_labels_by_its_threshold(served):
    fitted, table = served
    answers = fitted.predict(table)
    np.testing.assert_array_equal(fitted.labels(answers) == "leaves", answers["probability"][:, 1] >= 0.4)


def test_fitted_one_row_equals_the_batch(served):
    fitted, table = served
    whole = fitted.predict(table)["probability"]
    for i in range(30):
        alone = fitted.predict(table.take(np.array([i])))["probability"][0]
        np.testing.assert_allclose(alone, whole[i], rtol=0, atol=1e-9)


def test_fitted_save_load_keeps_everything(served, tmp_path):
    fitted, table = served
    digest = fitted.save(tmp_path)
    again = Fitted.load(tmp_path, digest)
    np.testing.assert_array_equal(again.predict(table)["probability"], fitted.predict(table)["probability"])
    assert (again.schema, again.threshold, again.calibration, again.target) == (
        fitted.schema,
        fitted.threshold,
        fitted.calibration,
        fitted.target,
    )


def test_fitted_of_another_digest_is_corrupt(served, tmp_path):
    fitted, _ = served
    fitted.save(tmp_path)
    with pytest.raises(Corrupt):
        Fitted.load(tmp_path, "0" * 64)


def test_schema_holds_what_a_request_needs_and_no_target(make_shop):
    data, _ = make_shop()
    table = data.table.put(Column("now", Kind.NUMBER, Role.TODAY), np.zeros(data.rows))
    table = table.put(Column("who", Kind.CATEGORY, Role.ID), np.full(data.rows, "x", dtype=object))
    assert [c.name for c in schema_of(table)] == ["tenure", "luck", "city", "since", "now"]


def test_missing_column_names_the_nearest(served):
    fitted, table = served
    renamed = Table((Column("Tenure_", Kind.NUMBER),), {"Tenure_": table["tenure"]})
    table = table.drop(["tenure"]).put(renamed.columns[0], renamed["Tenure_"])
    with pytest.raises(MissingColumn) as fault:
        fitted.predict(table)
    assert "Tenure_" in fault.value.text("en") and "Tenure_" in fault.value.text("zh")


def test_column_of_another_kind_is_refused(served):
    fitted, table = served
    words = table.put(Column("tenure", Kind.CATEGORY), np.full(table.rows, "long", dtype=object))
    with pytest.raises(BadTable) as fault:
        fitted.predict(words)
    assert "tenure" in fault.value.text("en") and "数字" in fault.value.text("zh")


@pytest.mark.parametrize("name", ["tenure", "city", "since"])
def test_column_all_missing_may_be_of_any_kind(served, name):
    fitted, table = served
    own = table.column(name).kind
    gone = {Kind.NUMBER: np.full(table.rows, np.nan), Kind.CATEGORY: np.full(table.rows, None, dtype=object)}
    gone[Kind.TIME] = np.full(table.rows, "NaT", dtype="datetime64[us]")
    expected = fitted.predict(table.put(Column(name, own), gone[own]))["probability"]
    for kind, values in gone.items():
        said = fitted.predict(table.put(Column(name, kind), values))["probability"]
        np.testing.assert_array_equal(said, expected)


def test_columns_beyond_the_schema_and_their_order_do_not_matter(served):
    fitted, table = served
    shuffled = table.select(table.names[::-1]).put(Column("more", Kind.NUMBER), np.zeros(table.rows))
    np.testing.assert_array_equal(
        fitted.predict(shuffled)["probability"], fitted.predict(table)["probability"]
    )


def test_range_of_a_number_holds_nine_in_ten(make_shop, tmp_path):
    data, target = make_shop(2000, kind="number")
    model = Linear(target).build({}).fit(data.take(slice(0, 1000)), Context())
    fitted = Fitted(target, schema_of(data.table), model)
    kept = data.table.take(slice(1000, 1500))
    truth = target.truth(data.table)
    fitted = with_residuals(fitted, truth[1000:1500], fitted.predict(kept)["prediction"])
    fitted.save(tmp_path)
    said = Fitted.load(tmp_path).predict(data.table.take(slice(1500, 2000)))
    inside = (said["low"] <= truth[1500:]) & (truth[1500:] <= said["high"])
    assert 0.86 <= inside.mean() <= 0.94
    assert (said["low"] <= said["prediction"]).all() and (said["prediction"] <= said["high"]).all()


def test_range_needs_twenty_rows(make_shop):
    data, target = make_shop(kind="number")
    fitted = Fitted(target, schema_of(data.table), None)
    assert with_residuals(fitted, np.zeros(19), np.ones(19)) == fitted
    assert with_residuals(fitted, np.zeros(25), np.full(25, np.nan)) == fitted
    assert with_residuals(replace(fitted), np.zeros(25), np.ones(25)).residual == (-1.0, -1.0)
