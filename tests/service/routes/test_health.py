from __future__ import annotations

from pathlib import Path

from pilothouse.store.keys import KeyRole
from small_shop import ROW, serving, shipped


def test_health_needs_no_key_and_metrics_an_admins(tmp_path: Path) -> None:
    with serving(shipped(tmp_path, 0.0)) as service:
        with service.client(None) as client:
            assert client.get("/healthz").json() == {"status": "ok"}
            assert client.get("/readyz").json() == {"status": "ready"}
            assert client.get("/metrics").status_code == 401
        with service.client(KeyRole.PREDICT) as client:
            client.post("/v1/use-cases/churn/predict", json={"rows": [ROW] * 3})
            assert client.get("/metrics").status_code == 404
        with service.client() as client:
            for path in ("/nothing/a", "/nothing/b"):
                client.get(path)
            text = client.get("/metrics").text
    assert 'pilothouse_rows_answered_total{release="1",use_case="churn"} 3.0' in text
    assert 'route="/v1/use-cases/{name}/predict",status="200"' in text
    # Addresses a client makes up do not become labels.
    assert "/nothing" not in text and 'route="other"' in text


def test_ready_without_any_release(tmp_path: Path) -> None:
    with serving(tmp_path) as service, service.client(None) as client:
        assert client.get("/readyz").json() == {"status": "ready"}
