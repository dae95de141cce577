"""F19: names that would lead out of the product, or mean another file on another system."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.errors import PilothouseError, Refused
from pilothouse.guards.paths import inside, is_plain, safe_id
from pilothouse.steps.deploy.release import ship
from pilothouse.store.state import State
from small_shop import serving, shipped

NAMES = [
    "",
    ".",
    "..",
    "...",
    "../x",
    "..\\x",
    "a/../../x",
    "/etc/passwd",
    "//proc/self/environ",
    "\\\\host\\share",
    "%2e%2e%2fx",
    "%2e%2e",
    "..%2fx",
    "..%5cx",
    "%252e%252e",
    "..;/x",
    "a#/../../x",
    "a?x",
    "file:///etc/passwd",
    "http://x/..",
    "dbfs:/..",
    "runs:/../../x",
    "C:",
    "C:\\x",
    "c:x",
    "x::$DATA",
    "x:stream",
    "x\x00",
    "x\x00.json",
    "\x00",
    "x\n",
    "x\r\ny",
    "x\x1b[31m",
    "CON",
    "con",
    "con.json",
    "PRN.txt",
    "aux",
    "NUL",
    "nul.tar.gz",
    "COM1",
    "LPT9.log",
    "x.",
    "x ",
    " x",
    "-rf",
    "~",
    "~root",
    "$HOME",
    "`id`",
    "a|b",
    "a*b",
    "<a>",
    '"a"',
    "a'b",
    "\u202egnp.exe",
    "a\u200bb",
    "a\u2066b",
    "\ufeffa",
    "ｃｏｎ",
    "．．／x",
    "\u2025/x",
    "é",
    "e\u0301",
    "流失",
    "\ud800",
    "a" * 300,
    "." * 200,
    "a/b",
    "a\\b",
    ".hidden",
    ".ssh",
    "x..y",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda n: ascii(n)[:40])
def test_f19_unfit_name_is_refused_and_gets_a_safe_id(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        inside(tmp_path, name)
    with pytest.raises(Refused):
        inside(tmp_path, "runs", name, "model")
    assert inside(tmp_path, safe_id(name)).parent == tmp_path.resolve()


@given(st.text(max_size=400))
def test_f19_any_text_stays_inside_or_is_refused(text: str) -> None:
    root = Path("/nowhere/product")
    try:
        path = inside(root, text)
    except Refused:
        assert not is_plain(text)
    else:
        assert path.parent == root


def test_f19_ids_of_names_that_clash_do_not_clash() -> None:
    clashing = ["Churn", "churn", "CHURN", "chu rn", "chu-rn", "café", "cafe", "流失", "流 失"]
    assert len({safe_id(name).casefold() for name in clashing}) == len(clashing)


def test_f19_no_route_reads_or_writes_outside(tmp_path: Path) -> None:
    product = shipped(tmp_path / "shop", 0.0)
    canary = tmp_path / "report.html"
    canary.write_text("CANARY")
    before = {p for p in tmp_path.rglob("*") if "shop" not in p.parts}
    with serving(product) as service, service.client() as client:
        for name in NAMES:
            coded = quote(name, safe="", errors="surrogatepass")
            for path in (
                f"/v1/runs/{coded}/run-1/report",
                f"/v1/runs/churn/{coded}/report",
                f"/v1/use-cases/{coded}",
            ):
                reply = client.get(path)
                assert 300 <= reply.status_code < 500 or "CANARY" not in reply.text, path
                assert "CANARY" not in reply.text and reply.status_code < 500
            if "\ud800" not in name:
                reply = client.post("/v1/releases", json={"use_case": "churn", "run_id": name})
                assert reply.status_code in (403, 404, 422), name
    assert {p for p in tmp_path.rglob("*") if "shop" not in p.parts} == before


def test_f19_ship_follows_no_link_out_of_the_run(tmp_path: Path) -> None:
    product = shipped(tmp_path / "shop", 0.0)
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    runs = product / ".pilothouse" / "runs" / "churn"
    (runs / "linked").symlink_to(tmp_path)
    (runs / "run-1" / "model" / "extra.json").symlink_to(secret)
    state = State(product / ".pilothouse" / "state.db")
    for run_id in ("linked", "run-1"):
        with pytest.raises(PilothouseError):
            ship(state, product, "churn", run_id)
    serving_now = state.serving("churn")
    assert serving_now is not None and serving_now.number == 1
    state.close()
