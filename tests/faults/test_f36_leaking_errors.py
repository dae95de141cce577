"""F36: what a fault says to the client, and what it writes to the log."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from pilothouse.service.log import LOGGER, Lines
from pilothouse.types import Answers, Table
from small_shop import ROW, Leavers, serving, shipped

SECRETS = {
    "path": "/home/zhang/secret/customers.csv",
    "sql": "SELECT name FROM customers WHERE id = 'C-77-canary'",
    "mobile": "13800138000",
    "card": "11010519491231002X",
    "bank": "6222 0210 0111 2233 444",
    "mail": "li.lei@example.cn",
    "bearer": "Bearer abc.def.ghi-canary",
    "url": "postgres://admin:hunter2canary@db/shop",
    "row": "'张三 canary'",
}
# A path is for the log; everything else is for nobody.
LOGGED = {"path"}


class Failing(Leavers):
    """A model that stumbles over its row and tells everything."""

    def __init__(self) -> None:
        super().__init__({})

    def predict(self, requests: Table) -> Answers:
        personal = requests["note"][0]
        raise ValueError(" | ".join([*SECRETS.values(), f"row {personal!r}"]))


@pytest.mark.parametrize("rows", [1, 50])
def test_f36_fault_of_ours_is_opaque(tmp_path: Path, rows: int) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Lines())
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with serving(shipped(tmp_path, 0.0), lambda folder: Failing()) as service, service.client() as client:
            row = {**ROW, "note": "my number is 13912345678 canary"}
            body: dict[str, Any] = {"rows": [row] * rows}
            reply = client.post("/v1/use-cases/churn/predict", json=body)
            keys = list(service.keys.values())
            assert client.get("/healthz").status_code == 200
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert reply.status_code == 500
    error = reply.json()["error"]
    assert error["code"] == "internal" and len(error["id"]) == 12 and error["problem"]["zh"]
    said, log = json.dumps(reply.json(), ensure_ascii=False) + str(reply.headers), written.getvalue()
    for name, secret in SECRETS.items():
        assert secret not in said, name
        assert (secret in log) == (name in LOGGED), name
    for text in (said, log):
        assert "canary" not in text and "13912345678" not in text and "hunter2" not in text
        assert not any(key in text for key in keys)
    assert "Traceback" not in said and str(tmp_path) not in said and "ValueError" not in said
    # The id leads to the line that says where it happened.
    fault = next(json.loads(line) for line in log.splitlines() if json.loads(line)["what"] == "fault")
    assert fault["id"] == error["id"] and fault["fault"] == "ValueError"
    assert any("test_f36" in place for place in fault["where"])


def test_f36_refusals_name_no_file(tmp_path: Path) -> None:
    product = shipped(tmp_path, 0.0)
    (product / ".pilothouse" / "releases" / "churn" / "1" / "weights.json").write_text("broken")
    with serving(product) as service, service.client() as client:
        for reply in (
            client.post("/v1/use-cases/churn/predict", json={"rows": ROW}),
            client.post("/v1/releases", json={"use_case": "churn", "run_id": "nothing"}),
            client.get("/v1/runs/churn/nothing/report"),
        ):
            assert reply.status_code in (404, 503)
            assert (
                str(tmp_path) not in reply.text
                and ".py" not in reply.text
                and "sqlite" not in reply.text.lower()
            )
