"""A small product with a real model, and its service on a real socket; shared by tests of the service."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NotRequired

import httpx
import numpy as np
import uvicorn
from fastapi import FastAPI
from typing_extensions import TypedDict

from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.service.app import create_app
from pilothouse.service.run_server import config
from pilothouse.service.settings import Limits, ServiceSettings
from pilothouse.steps.deploy.contract import row_type
from pilothouse.steps.deploy.release import ship
from pilothouse.store.keys import KeyRole, Keys
from pilothouse.store.state import Run, State
from pilothouse.types import Answers, Column, Kind, Role, Table

SCHEMA = (
    Column("customer", Kind.TEXT, Role.ID),
    Column("monthly_fee", Kind.NUMBER),
    Column("套餐", Kind.CATEGORY),
    Column("joined", Kind.TIME),
    Column("note", Kind.TEXT, Role.TEXT),
)
ROW: dict[str, Any] = {
    "customer": "00123",
    "monthly_fee": 59.5,
    "套餐": "家庭",
    "joined": "2024-03-01",
    "note": "calls often",
}
PSEUDONYMS = Pseudonyms(b"0123456789abcdef")


class Answer(TypedDict):
    customer: NotRequired[str | None]
    prediction: str
    probability_stay: float
    probability_leave: float


class Leavers:
    """Likelier to leave the higher the fee: weights read from JSON."""

    schema = SCHEMA
    request_type = row_type(SCHEMA)
    answer_type = Answer

    def __init__(self, weights: dict[str, float]) -> None:
        self._weights = weights

    @staticmethod
    def load(folder: Path) -> Leavers:
        return Leavers(load_file(folder / "weights.json", "json"))

    def predict(self, requests: Table) -> Answers:
        fee = np.nan_to_num(requests["monthly_fee"])
        family = np.array([plan == "家庭" for plan in requests["套餐"]], dtype=float)
        line = self._weights["bias"] + self._weights["fee"] * fee + self._weights["family"] * family
        leave = 1 / (1 + np.exp(-line))
        return Answers({"probability": np.column_stack([1 - leave, leave])})

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        shaped = []
        for i, (stay, leave) in enumerate(answers["probability"].tolist()):
            answer = {"prediction": "leave" if leave > 0.5 else "stay"}
            answer |= {"probability_stay": stay, "probability_leave": leave}
            shaped.append({"customer": requests["customer"][i], **answer})
        return shaped

    def reasons(self, requests: Table) -> list[list[Message]]:
        return [[say("service.wanted_number")] for _ in range(requests.rows)]


def add_run(product: Path, run_id: str, *, bias: float = 0.0, use_case: str = "churn") -> Path:
    """Write the folder of a finished run and record it."""
    folder = product / ".pilothouse" / "runs" / use_case / run_id
    model = folder / "model"
    model.mkdir(parents=True)
    save_file(model / "weights.json", {"bias": bias, "fee": 0.02, "family": -0.5}, "json")
    save_file(model / "more" / "notes.json", {"padding": "x" * 400}, "json")
    write_manifest(model)
    (folder / "report.html").write_text("<!doctype html><title>r</title><p>报告 report</p>", encoding="utf-8")
    state = State(product / ".pilothouse" / "state.db")
    state.record_run(Run(use_case, run_id, "2025-01-02T03:04:05+00:00", "done", "pilot"))
    state.close()
    return folder


def expected(bias: float, fee: float = 59.5, family: bool = True) -> float:
    """The probability of leaving that a release with ``bias`` must answer for ``ROW``."""
    return float(1 / (1 + np.exp(-(bias + 0.02 * fee - 0.5 * family))))


@dataclass
class Served:
    """A running service."""

    url: str
    product: Path
    app: FastAPI
    state: State
    keys: dict[KeyRole, str]
    port: int
    sockets: list[socket.socket] = field(default_factory=list)

    def headers(self, role: KeyRole | None = KeyRole.ADMIN) -> dict[str, str]:
        return {} if role is None else {"Authorization": f"Bearer {self.keys[role]}"}

    def client(self, role: KeyRole | None = KeyRole.ADMIN) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers=self.headers(role), timeout=20, trust_env=False, verify=False
        )

    def connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.sockets.append(made)
        return made


def settings_for(product: Path, load: Any = Leavers.load, **limits: Any) -> ServiceSettings:
    return ServiceSettings(product, load, PSEUDONYMS, limits=replace(Limits(), **limits))


@contextlib.contextmanager
def serving(product: Path, load: Any = Leavers.load, **limits: Any) -> Iterator[Served]:
    """Serve ``product`` from a thread on a free port of the loopback."""
    settings = settings_for(product, load, **limits)
    state = State(settings.state_path)
    app = create_app(settings, state)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(config(app, settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
        assert thread.is_alive()
    keys = {role: Keys(state).make(role) for role in KeyRole}
    served = Served(f"http://127.0.0.1:{port}", product, app, state, keys, port)
    try:
        yield served
    finally:
        for made in served.sockets:
            made.close()
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
        listener.close()
        state.close()


def shipped(product: Path, *biases: float) -> Path:
    """Make a product with one release for each bias, the last one serving."""
    for number, bias in enumerate(biases, 1):
        add_run(product, f"run-{number}", bias=bias)
        state = State(product / ".pilothouse" / "state.db")
        ship(state, product, "churn", f"run-{number}")
        state.close()
    return product
