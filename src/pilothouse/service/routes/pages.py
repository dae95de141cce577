"""Pages for a browser: the way in by ticket, the list of what is here, and the API's description.

Plain HTML without scripts; nothing is loaded from anywhere.
"""

from __future__ import annotations

import html
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from pilothouse.errors import PilothouseError
from pilothouse.messages import Language, say
from pilothouse.service.deps import TheHouse, TheVisit, needs
from pilothouse.service.doorkeeper import COOKIE, VISIT_S
from pilothouse.service.shelf import Loaded
from pilothouse.store.keys import KeyRole

PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.6 system-ui,'Noto Sans CJK SC','WenQuanYi Micro Hei',"
    "sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}li{margin:.4rem 0}"
    "code{overflow-wrap:anywhere}"
)

open_router = APIRouter()
predict_router = APIRouter(dependencies=[Depends(needs(KeyRole.PREDICT))])
router = APIRouter(dependencies=[Depends(needs(KeyRole.ADMIN))])


@open_router.get("/enter", response_class=Response)
async def enter(
    house: TheHouse, visit: TheVisit, ticket: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Exchange a one-time ticket for a cookie that may read, and go to the first page."""
    cookie = house.doorkeeper.exchange(ticket)
    if cookie is None:
        problem = _say("service.old_ticket", visit.language)
        return _page(visit.language, "service.page_title", f"<p>{problem}</p>", 401)
    response = Response(status_code=303, headers={"Location": "/"})
    response.set_cookie(COOKIE, cookie, max_age=int(VISIT_S), path="/", httponly=True, samesite="strict")
    return response


@router.get("/", response_class=Response)
async def front(house: TheHouse, visit: TheVisit) -> Response:
    """List the runs with their reports, and what serves."""
    language = visit.language
    items = []
    for run in house.state.runs(limit=100):
        address = html.escape(f"/v1/runs/{run.use_case}/{run.run_id}/report", quote=True)
        label = html.escape(" · ".join(t for t in (run.use_case, run.verdict, run.started_at) if t))
        items.append(f'<li><a href="{address}">{label}</a></li>')
    serving = "".join(
        f"<li>{html.escape(say('service.serves', name=s.use_case, number=s.number).text(language))}</li>"
        for s in house.state.all_serving()
    )
    body = (
        f"<h2>{_say('service.page_reports', language)}</h2><ul>{''.join(items)}</ul>"
        f"<h2>{_say('service.page_serving', language)}</h2><ul>{serving}</ul>"
        f'<p><a href="/docs">{_say("service.page_docs", language)}</a></p>'
    )
    return _page(language, "service.page_title", body)


@open_router.get("/docs", response_class=Response)
async def docs(request: Request, visit: TheVisit) -> Response:
    """List the operations, without naming any column or use case."""
    language = visit.language
    rows = []
    for route in request.app.routes:
        if isinstance(route, APIRoute):
            address = html.escape(f"{'|'.join(sorted(route.methods or ()))} {route.path}")
            rows.append(f"<li><code>{address}</code><br>{_say(f'service.op_{route.name}', language)}</li>")
    intro = f"<p>{_say('service.docs_intro', language)}</p>"
    return _page(language, "service.page_docs", f"{intro}<ul>{''.join(rows)}</ul>")


@predict_router.get("/openapi.json")
async def openapi(request: Request, house: TheHouse) -> dict[str, Any]:
    """Describe every operation; each use case has its own typed path."""
    described: dict[str, Any] = {**request.app.openapi()}
    described["paths"] = dict(described["paths"])
    general = described["paths"]["/v1/use-cases/{name}/predict"]["post"]
    for loaded in await house.shelf.all():
        if not isinstance(loaded, PilothouseError):
            path = f"/v1/use-cases/{loaded.release.use_case}/predict"
            described["paths"][path] = {"post": _typed(general, loaded)}
    return described


def _typed(general: dict[str, Any], loaded: Loaded) -> dict[str, Any]:
    """Describe asking one use case: no references, so that a reader sees the columns at once."""
    name = loaded.release.use_case
    answer = TypeAdapter(loaded.servable.answer_type).json_schema()
    reply = {
        "type": "object",
        "required": ["use_case", "release", "answers"],
        "properties": {
            "use_case": {"const": name},
            "release": {"type": "integer"},
            "answers": {"type": "array", "items": answer},
        },
    }
    return {
        **general,
        "operationId": f"predict_{name}",
        "parameters": [],
        "requestBody": _content(loaded.intake.adapter.json_schema()) | {"required": True},
        "responses": {"200": {"description": "Answers", **_content(reply)}},
    }


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _say(key: str, language: Language) -> str:
    return html.escape(say(key).text(language))


def _page(language: Language, title_key: str, body: str, status: int = 200) -> Response:
    code = "zh-CN" if language == "zh" else "en"
    title = _say(title_key, language)
    page = (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
    )
    headers = {"Content-Security-Policy": PAGE_POLICY}
    return Response(page, status, media_type="text/html; charset=utf-8", headers=headers)
