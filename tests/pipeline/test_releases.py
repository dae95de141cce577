from __future__ import annotations

import pytest

from conftest import Done
from pilothouse import pipeline
from pilothouse.errors import BadOption, Corrupt, NotFound, PilothouseError
from pilothouse.pipeline.releases import release_folder


def test_ship_then_rollback_goes_back_to_the_release_before(copied: Done) -> None:
    first = pipeline.ship(copied.product, "churn")
    second = pipeline.ship(copied.product, "churn", copied.folder.run_id)
    assert (first.number, second.number) == (1, 2)
    assert pipeline.rollback(copied.product, "churn").number == 1
    servable = pipeline.servable_in(release_folder(copied.product, "churn", 2))
    assert [c.name for c in servable.schema][0] == "customer"


def test_rollback_without_an_earlier_release_is_refused(copied: Done) -> None:
    pipeline.ship(copied.product, "churn")
    with pytest.raises(PilothouseError):
        pipeline.rollback(copied.product, "churn")


def test_ship_of_an_unknown_use_case_or_run_is_refused(copied: Done) -> None:
    with pytest.raises(NotFound):
        pipeline.ship(copied.product, "chrun")
    with pytest.raises(PilothouseError):
        pipeline.ship(copied.product, "churn", "no-such-run")


def test_changed_model_is_not_loaded(copied: Done) -> None:
    path = copied.folder.model / "fitted.json"
    path.write_text(path.read_text(encoding="utf-8").replace("0.", "1.", 1), encoding="utf-8")
    with pytest.raises(Corrupt):
        pipeline.servable_in(copied.folder.model)


def test_keys_are_made_listed_and_revoked(copied: Done) -> None:
    (made,) = pipeline.manage_keys(copied.product, add="predict")
    secret = made.values["secret"]
    (listed,) = pipeline.manage_keys(copied.product)
    assert secret not in listed.text("en")
    pipeline.manage_keys(copied.product, revoke=listed.values["id"])
    (after,) = pipeline.manage_keys(copied.product)
    assert after.values["revoked"] != "-"
    with pytest.raises(BadOption, match="ingest"):
        pipeline.manage_keys(copied.product, add="boss")
