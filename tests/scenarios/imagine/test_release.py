"""A release that draws: seeds, limits, nearest pictures, disk."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from pilothouse.errors import BadOption, TooLarge, UserFault
from pilothouse.guards.modelfile import check_manifest
from pilothouse.scenarios.imagine.release import MOST_AT_ONCE, ServedDrawings
from pilothouse.service.intake import Intake
from pilothouse.steps.deploy.contract import to_table


def asked(served, *rows):
    return to_table(served.schema, rows)


def test_pictures_have_the_seed_and_those_that_follow(served) -> None:
    requests = asked(served, {"seed": 5, "count": 3}, {"seed": 6, "count": 1}, {})
    rows = served.rows(requests, served.predict(requests))
    assert [row[1] for row in rows] == [5, 6, 7, 6, 0]
    assert rows[1][2:] == rows[3][2:] and {len(row) for row in rows} == {len(served.header)}
    first, *_ = served.shape(requests, served.predict(requests))
    json.dumps(first, allow_nan=False)
    pngs = {base64.b64decode(p["png"]) for p in first["pictures"]}
    assert len(pngs) == 3 and all(png.startswith(b"\x89PNG") for png in pngs)


def test_copies_are_told_as_copies_with_the_row_they_copy(served) -> None:
    requests = asked(served, {"seed": 0, "count": 20})
    (answer,) = served.shape(requests, served.predict(requests))
    learnt = served.winner.recall.pictures
    for told in answer["pictures"]:
        assert told["copy"] and told["distance"] < 0.2
        drawn = served.winner.draw(np.array([told["seed"]]))[0].astype(float)
        assert np.abs(drawn - learnt[told["nearest"] - 1]).mean() < 4


def test_new_pictures_are_no_copies(served, models) -> None:
    turned = ServedDrawings(models[0], models[1], served.near, served.middle, "x")
    requests = asked(turned, {"seed": 0, "count": 20})
    (answer,) = turned.shape(requests, turned.predict(requests))
    assert not any(told["copy"] for told in answer["pictures"])


def test_requests_are_held_to_their_limits(served) -> None:
    request = TypeAdapter(served.request_type)
    request.validate_python({}), request.validate_python({"seed": 0, "count": MOST_AT_ONCE})
    for wrong in ({"count": 0}, {"count": 65}, {"seed": -1}, {"seed": 1.5}, {"sed": 1}):
        with pytest.raises(ValidationError):
            request.validate_python(wrong)
    for wrong in ({"count": 0.0}, {"count": 1e9}, {"seed": -1.0}, {"seed": 0.5}):
        with pytest.raises(BadOption):
            served.predict(asked(served, wrong))
    many = asked(served, {"count": MOST_AT_ONCE}, {"count": 1})
    with pytest.raises(TooLarge):
        served.shape(many, served.predict(many))


def test_the_service_reads_a_seed_and_a_count(served) -> None:
    intake = Intake(served, 10)
    for rows in ({"seed": 3, "count": 2}, {"seed": 3}, {}):
        table, _ = intake.read({"rows": rows})
        (answer,) = served.shape(table, served.predict(table))
        assert [p["seed"] for p in answer["pictures"]] == [
            rows.get("seed", 0) + n for n in range(rows.get("count", 1))
        ]
    for rows in ({"seed": "3"}, {"count": 65}, {"sed": 3}):
        with pytest.raises(UserFault):
            intake.read({"rows": rows})


def test_reasons_name_the_nearest_picture(served) -> None:
    (reasons,) = served.reasons(asked(served, {"seed": 2, "count": 2}))
    assert len(reasons) == 2
    assert "row" in reasons[0].text("en") and "行" in reasons[0].text("zh")


def test_a_release_comes_back_from_disk(served, tmp_path) -> None:
    served.save(tmp_path)
    check_manifest(tmp_path)
    again = ServedDrawings.load(tmp_path)
    requests = asked(served, {"seed": 9, "count": 4})
    here, there = (s.shape(requests, s.predict(requests)) for s in (served, again))
    assert here == there
