"""``/v1/use-cases/{name}/chat``: talk with a release that answers.

Each reply cites or declines, says that a machine speaks, and is labelled. What is declined,
and whoever asks for a person, is handed over with everything that was said. With
``stream`` the same reply comes piece by piece as server-sent events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from pilothouse.errors import UserFault
from pilothouse.messages import say
from pilothouse.models.texts.tokens import sentences
from pilothouse.service.deps import House, TheHouse, TheVisit, UseCaseName, needs, typed
from pilothouse.service.shelf import Loaded
from pilothouse.steps.deploy.chatting import MOST_CHARACTERS, talks
from pilothouse.store.keys import KeyRole

router = APIRouter(dependencies=[Depends(needs(KeyRole.PREDICT))])


class ChatRequest(BaseModel):
    """One message; ``conversation`` goes on with one, ``person`` asks for one."""

    model_config = ConfigDict(extra="forbid")
    message: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
    conversation: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    scope: Annotated[str, Field(max_length=200)] | None = None
    person: bool = False
    stream: bool = False


@router.post(
    "/v1/use-cases/{name}/chat",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": ChatRequest.model_json_schema()}},
        }
    },
)
async def chat(name: UseCaseName, house: TheHouse, visit: TheVisit) -> Response:
    """Answer one message of a conversation, or hand it over."""
    wish = typed(ChatRequest, visit.body)
    loaded = await house.shelf.get(name)
    reply = await to_thread.run_sync(_reply, house, loaded, wish)
    house.meters.rows(name, loaded.release.number, 1)
    if wish.stream:
        return Pieces(_events(reply))
    return Response(json.dumps(reply, allow_nan=False), media_type="application/json")


class Pieces(Response):
    """A reply that is sent piece by piece; it does not wait for what the client may still say."""

    media_type = "text/event-stream"

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send head and pieces."""
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(head)
        for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _reply(house: House, loaded: Loaded, wish: ChatRequest) -> dict[str, Any]:
    """Answer, and keep the conversation."""
    servable, name = loaded.servable, loaded.release.use_case
    if not talks(servable):
        raise UserFault(say("answer.cannot_chat"), say("answer.chat_with_answer"))
    if wish.conversation is not None:
        house.conversations.check(wish.conversation, name)
    before = house.conversations.asked(wish.conversation or "", wish.scope)
    said = dict(servable.talk(wish.message, wish.scope, before))
    number = wish.conversation or house.conversations.begin(name)
    house.conversations.add(number, wish.message, said, wish.scope)
    reply = {"use_case": name, "release": loaded.release.number, "conversation": number, **said}
    reason = "asked" if wish.person else "declined" if said["declined"] else None
    if reason is not None:
        reply["handover"] = {"reason": reason, "transcript": house.conversations.transcript(number)}
    return reply


def _events(reply: Mapping[str, Any]) -> Iterator[bytes]:
    """The reply as events: how it began, the answer's sentences, the rest."""
    head = {name: reply[name] for name in ("use_case", "release", "conversation", "notice", "label")}
    yield _event("begin", head)
    for sentence in sentences(reply["answer"]):
        yield _event("piece", {"text": sentence})
    yield _event("end", {name: value for name, value in reply.items() if name not in head})


def _event(kind: str, value: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(value, allow_nan=False)}\n\n".encode()
