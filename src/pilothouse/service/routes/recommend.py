"""``/v1/use-cases/{name}/recommend``, ``similar``, ``audience``: lists from a release that recommends.

What a user did is read at the moment of asking, so an event that was acknowledged counts in the
next list. ``personalized=false`` gives the list that everybody gets: the user is not looked up then.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response

from pilothouse.errors import NotFound
from pilothouse.messages import say
from pilothouse.service.deps import House, TheHouse, TheVisit, UseCaseName, needs
from pilothouse.service.query import Query, attributes, flag, id_list, id_text, whole
from pilothouse.service.shelf import Loaded
from pilothouse.steps.deploy.asking import Ask, Recommends, recommends
from pilothouse.store.keys import KeyRole
from pilothouse.types import Role

router = APIRouter(dependencies=[Depends(needs(KeyRole.PREDICT))])

_K = whole(1, 100, 10, "Most entries in the list.")
_ITEM = id_text("The item's own id.")
RECOMMEND = Query(
    {
        "user": id_text(
            "The user's own id; one that is not known, or an empty one, gets a list for newcomers.",
            may_be_empty=True,
        ),
        "k": _K,
        "exclude": id_list(100, (), "Items that may not be in the list."),
        "only": id_list(1_000, None, "Items that alone may be in the list."),
        "context": attributes(2_000, "Attributes of the user or the moment, as a JSON object."),
        "personalized": flag(True, "false for a list that does not look at the user."),
        "reasons": flag(False, "Whether each item comes with its reason."),
    }
)
OF_ITEM = Query({"item": _ITEM, "k": _K})


def _reply(entry: dict[str, Any], head: dict[str, Any], listed: str) -> dict[int | str, dict[str, Any]]:
    """Describe an answer for OpenAPI."""
    fields: dict[str, Any] = {"use_case": _TEXT, "release": {"type": "integer"}, **head}
    items = {"type": "object", "properties": {"rank": {"type": "integer"}, "score": _NUMBER, **entry}}
    fields[listed] = {"type": "array", "items": items}
    schema = {"type": "object", "required": list(fields), "properties": fields}
    return {200: {"description": "The list", "content": {"application/json": {"schema": schema}}}}


_TEXT, _NUMBER = {"type": "string"}, {"type": "number"}
_LIST = _reply(
    {"item": _TEXT, "reason": {"type": ["string", "null"]}},
    {"user": _TEXT, "personalized": {"type": "boolean"}},
    "items",
)
_SIMILAR = _reply({"item": _TEXT}, {"item": _TEXT}, "items")
_AUDIENCE = _reply({"user": _TEXT}, {"item": _TEXT}, "users")


@router.get("/v1/use-cases/{name}/recommend", openapi_extra=RECOMMEND.described(), responses=_LIST)
async def recommend(name: UseCaseName, request: Request, house: TheHouse, visit: TheVisit) -> Response:
    """List the items that suit a user best."""
    asked = RECOMMEND.read(request.scope["query_string"])
    loaded = await house.shelf.get(name)
    servable = _recommender(loaded)
    personalized = asked["personalized"]
    user = _pseudonym(house, asked["user"]) if personalized and asked["user"] else None
    ask = Ask(
        user=user,
        since=house.histories.of(user) if user is not None else (),
        k=asked["k"],
        exclude=asked["exclude"],
        only=asked["only"],
        context=asked["context"] if personalized else {},
        personalized=personalized,
        reasons=asked["reasons"],
        language=visit.language,
    )
    items = servable.recommend(ask)
    return _answer(house, loaded, {"user": asked["user"], "personalized": personalized, "items": items})


@router.get("/v1/use-cases/{name}/similar", openapi_extra=OF_ITEM.described(), responses=_SIMILAR)
async def similar(name: UseCaseName, request: Request, house: TheHouse) -> Response:
    """List the items most like one item."""
    asked = OF_ITEM.read(request.scope["query_string"])
    loaded = await house.shelf.get(name)
    items = _recommender(loaded).similar(asked["item"], asked["k"])
    return _answer(house, loaded, {"item": asked["item"], "items": items})


@router.get("/v1/use-cases/{name}/audience", openapi_extra=OF_ITEM.described(), responses=_AUDIENCE)
async def audience(name: UseCaseName, request: Request, house: TheHouse) -> Response:
    """List the users whom one item suits best, by their pseudonyms."""
    asked = OF_ITEM.read(request.scope["query_string"])
    loaded = await house.shelf.get(name)
    # All users are looked at: others do not wait for it.
    users = await to_thread.run_sync(_recommender(loaded).audience, asked["item"], asked["k"])
    return _answer(house, loaded, {"item": asked["item"], "users": users})


def _recommender(loaded: Loaded) -> Recommends:
    servable = loaded.servable
    if not recommends(servable):
        use_case = loaded.release.use_case
        raise NotFound(say("service.makes_no_lists", use_case=use_case), say("service.ask_predict"))
    return servable


def _pseudonym(house: House, user: str) -> str:
    named: str = house.settings.pseudonyms.of(np.array([user], dtype=object), str(Role.USER))[0]
    return named


def _answer(house: House, loaded: Loaded, said: dict[str, Any]) -> Response:
    release = loaded.release
    body = json.dumps(
        {"use_case": release.use_case, "release": release.number, **said}, allow_nan=False
    ).encode()
    house.meters.rows(release.use_case, release.number, 1)
    return Response(body, media_type="application/json")
