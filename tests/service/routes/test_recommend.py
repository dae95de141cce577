from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.steps.deploy.asking import Ask
from pilothouse.store.keys import KeyRole
from small_picks import ITEMS, Picks, picking
from small_shop import PSEUDONYMS, Served, serving, shipped

URL = "/v1/use-cases/picks/recommend"


@pytest.fixture(scope="module")
def picks() -> Picks:
    return Picks(list(ITEMS))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, picks: Picks) -> Iterator[Served]:
    with serving(picking(tmp_path_factory.mktemp("picks")), lambda folder: picks) as served:
        yield served


def ask(service: Served, route: str = "recommend", **params: Any) -> Any:
    with service.client(KeyRole.PREDICT) as client:
        return client.get(f"/v1/use-cases/picks/{route}", params=params)


def pseudonym(user: str) -> str:
    named: str = PSEUDONYMS.of(np.array([user], dtype=object), "user")[0]
    return named


def shown(reply: Any) -> list[str]:
    return [entry["item"] for entry in reply.json()["items"]]


def test_newcomer_gets_a_list(service: Served) -> None:
    reply = ask(service, user="never seen", k=2)
    assert reply.status_code == 200
    assert reply.json() == {
        "use_case": "picks",
        "release": 1,
        "user": "never seen",
        "personalized": True,
        "items": [
            {"rank": 1, "item": "tea", "score": 1.0, "reason": None},
            {"rank": 2, "item": "cup", "score": 0.5, "reason": None},
        ],
    }
    assert shown(ask(service, user="")) == list(ITEMS)


def test_everything_that_is_asked_reaches_the_release(service: Served, picks: Picks) -> None:
    params = {
        "user": "王芳 & co",
        "k": 3,
        "exclude": "tea,茶壶",
        "only": "tea,cup,pot",
        "context": '{"city": "北京", "age": 30, "member": true, "note": null}',
        "reasons": "true",
    }
    with service.client(KeyRole.PREDICT) as client:
        reply = client.get(URL, params=params, headers={"Accept-Language": "zh"})
    assert picks.asked[-1] == Ask(
        user=pseudonym("王芳 & co"),
        since=(),
        k=3,
        exclude=("tea", "茶壶"),
        only=("tea", "cup", "pot"),
        context={"city": "北京", "age": 30, "member": True, "note": None},
        personalized=True,
        reasons=True,
        language="zh",
    )
    assert shown(reply) == ["cup", "pot"] and "相似" in reply.json()["items"][0]["reason"]
    assert shown(ask(service, user="a", only="")) == []


def test_event_is_in_the_very_next_list(service: Served, picks: Picks) -> None:
    before = shown(ask(service, user="li"))
    event = {"event_id": "li-1", "user": "li", "item": "pot", "time": "2025-03-04T08:00:00Z", "value": 2}
    with service.client(KeyRole.INGEST) as client:
        assert client.post("/v1/events", json={"events": [event]}).json()["accepted"] == 1
    after = shown(ask(service, user="li"))
    assert before[0] == "tea" and after[0] == "jar" and "pot" not in after
    assert picks.asked[-1].since == (("pot", 1_741_075_200_000_000, 2.0),)


def test_without_personalization_nothing_about_the_user_is_looked_at(service: Served, picks: Picks) -> None:
    with service.client(KeyRole.INGEST) as client:
        client.post("/v1/events", json={"events": [{"event_id": "p", "user": "zhao", "item": "cup"}]})
    reply = ask(service, user="zhao", personalized="false", context='{"age": 3}')
    assert reply.json()["personalized"] is False and shown(reply) == list(ITEMS)
    asked = picks.asked[-1]
    assert (asked.user, asked.since, asked.context, asked.personalized) == (None, (), {}, False)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"k": 5},
        {"user": "a" * 201},
        {"user": "a", "exclude": ",".join("a" * 101)},
        {"user": "a", "exclude": "a,,b"},
        {"user": "a", "exclude": "a" * 201},
        {"user": "a", "only": ",".join("a" * 1_001)},
        {"user": "a", "context": "[]"},
        {"user": "a", "context": "{"},
        {"user": "a", "context": '{"x": NaN}'},
        {"user": "a", "context": '{"x": [1]}'},
        {"user": "a", "context": '{"x": 1, "x": 2}'},
        {"user": "a", "context": '{"x": "' + "a" * 2_000 + '"}'},
        {"user": "a", "personalized": "no"},
        {"user": "a", "reasons": "True"},
        {"user": ["a", "b"]},
        {"user": "a", "personalised": "false"},
    ],
)
def test_what_does_not_fit_is_refused(service: Served, params: dict[str, Any]) -> None:
    reply = ask(service, **params)
    assert reply.status_code == 422 and reply.json()["error"]["code"] == "user_fault"


@pytest.mark.parametrize("query", ["user=%ff", "user=a&exclude=%ed%a0%80", "%ff=1&user=a"])
def test_query_that_is_no_text_is_refused(service: Served, query: str) -> None:
    with service.client(KeyRole.PREDICT) as client:
        assert client.get(f"{URL}?{query}").status_code == 422


def test_largest_lists_are_taken(service: Served, picks: Picks) -> None:
    reply = ask(
        service, user="a", k=100, only=",".join(f"i{n}" for n in range(1_000)), exclude=",".join("a" * 100)
    )
    assert reply.status_code == 200 and shown(reply) == []
    assert len(picks.asked[-1].only or ()) == 1_000 and len(picks.asked[-1].exclude) == 100


def test_similar_and_audience_list_around_one_item(service: Served) -> None:
    reply = ask(service, "similar", item="茶壶", k=2)
    assert reply.json() == {
        "use_case": "picks",
        "release": 1,
        "item": "茶壶",
        "items": [{"rank": 1, "item": "tea", "score": 1.0}, {"rank": 2, "item": "cup", "score": 0.5}],
    }
    users = ask(service, "audience", item="tea", k=2).json()["users"]
    assert users == [{"rank": 1, "user": "user1", "score": 1.0}, {"rank": 2, "user": "user2", "score": 0.5}]


@pytest.mark.parametrize("route", ["similar", "audience"])
def test_item_outside_the_catalogue_is_not_found(service: Served, route: str) -> None:
    reply = ask(service, route, item="coffee")
    assert reply.status_code == 404 and "no such item" in reply.json()["error"]["message"]
    assert ask(service, route, item="").status_code == 422


def test_use_case_that_makes_no_lists_says_where_to_ask(tmp_path: Path) -> None:
    with serving(shipped(tmp_path, 0.0)) as service, service.client(KeyRole.PREDICT) as client:
        for path in ("recommend?user=a", "similar?item=a", "audience?item=a"):
            reply = client.get(f"/v1/use-cases/churn/{path}")
            assert reply.status_code == 404 and "predict" in reply.json()["error"]["message"]
            assert client.get(f"/v1/use-cases/nothing/{path}").status_code == 404


def test_routes_are_for_those_who_may_ask(service: Served) -> None:
    for role, wanted in ((None, 401), (KeyRole.INGEST, 404), (KeyRole.PREDICT, 200), (KeyRole.ADMIN, 200)):
        with service.client(role) as client:
            assert client.get(URL, params={"user": "a"}).status_code == wanted


def test_parameters_are_described(service: Served) -> None:
    with service.client(KeyRole.PREDICT) as client:
        paths = client.get("/openapi.json").json()["paths"]
    found = {p["name"]: p for p in paths["/v1/use-cases/{name}/recommend"]["get"]["parameters"]}
    assert set(found) == {"name", "user", "k", "exclude", "only", "context", "personalized", "reasons"}
    assert found["k"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    assert found["user"]["required"] and not found["k"]["required"]
    assert "at most 1,000" in found["only"]["description"]
