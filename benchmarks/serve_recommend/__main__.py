"""``python -m benchmarks.serve_recommend PRODUCT [--use-case NAME] [--requests N] [--users FILE]``: p50, p95.

The product's release is served by one worker in a process of its own on the loopback; one client
with one kept-alive connection asks each route in turns, block by block, so that all see the same
machine. The empty route is ``/healthz`` of the same service, which checks no key. The product is
copied first: the events that are sent here do not stay in it. Writes ``RESULTS.md``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.serve.__main__ import SERVE, _process
from pilothouse import pipeline
from pilothouse.product import Product, open_product
from pilothouse.store.keys import KeyRole, Keys

RESULTS = Path(__file__).with_name("RESULTS.md")
EMPTY, LIST = "empty route", "recommend, newcomer"
MOST, BLOCK, WARM = 5.0, 50, 30
VISITORS, VIEWS = 50, 20


def main() -> int:
    """Read the command line, serve, ask, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("product", type=Path, help="a product with a release of the scenario recommend")
    parser.add_argument("--use-case", help="the first that recommends, otherwise")
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--users", type=Path, help="ids of users of the table, one a line")
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "product"
        shutil.copytree(given.product, folder, ignore=shutil.ignore_patterns("runs"))
        product = open_product(folder)
        use_case = given.use_case or _recommending(product)
        with pipeline.releases.opened(product) as state:
            key = Keys(state).make(KeyRole.ADMIN)
        users = given.users.read_text(encoding="utf-8").split("\n") if given.users else []
        with (
            _process(["-c", SERVE, "serve", str(folder), "--port", "0"]) as url,
            httpx.Client(
                base_url=url,
                headers={"Authorization": f"Bearer {key}"},
                timeout=30,
                trust_env=False,
                transport=httpx.HTTPTransport(
                    retries=20
                ),  # a service says its URL a moment before it listens
            ) as client,
        ):
            asker = Asker(client, use_case, given.k, [user for user in users if user])
            found = _ask(asker.routes(), given.requests)
    lines, missed = report(found, asker.release)
    given.results.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 1 if missed else 0


class Asker:
    """The requests that are timed, by what they are; item ids come out of the service's own answers."""

    def __init__(self, client: httpx.Client, use_case: str, k: int, users: list[str]) -> None:
        self._client = client
        self._root = f"/v1/use-cases/{use_case}"
        self._k = k
        self._users = users
        first = self._get("recommend", user="", k=100)
        self.items: list[str] = [entry["item"] for entry in first["items"]]
        self.release = f"{first['use_case']} {first['release']}, {len(self.items)} items in the longest list"
        self._sent = 0
        for visitor in range(VISITORS):
            for _ in range(VIEWS):
                self._view(f"visitor {visitor}")

    def routes(self) -> dict[str, Callable[[int], None]]:
        """Each request by its number."""
        k, items = self._k, self.items
        routes: dict[str, Callable[[int], None]] = {
            EMPTY: lambda n: self._checked("/healthz"),
            LIST: lambda n: self._asked("recommend", user=f"newcomer {n}", k=k),
            f"recommend, {VIEWS} events": lambda n: self._asked(
                "recommend", user=f"visitor {n % VISITORS}", k=k
            ),
            "recommend, not personal": lambda n: self._asked("recommend", user="", personalized="false", k=k),
            "similar": lambda n: self._asked("similar", item=items[n % len(items)], k=k),
            "audience": lambda n: self._asked("audience", item=items[n % len(items)], k=k),
            "one event": lambda n: self._view(f"visitor {n % VISITORS}"),
        }
        if self._users:
            routes["recommend, known user"] = lambda n: self._asked(
                "recommend", user=self._users[n % len(self._users)], k=k
            )
        return routes

    def _get(self, route: str, **params: Any) -> Any:
        return self._client.get(f"{self._root}/{route}", params=params).raise_for_status().json()

    def _asked(self, route: str, **params: Any) -> None:
        self._checked(f"{self._root}/{route}", params)

    def _checked(self, path: str, params: dict[str, Any] | None = None) -> None:
        self._client.get(path, params=params).raise_for_status()

    def _view(self, user: str) -> None:
        self._sent += 1
        item = self.items[self._sent * 7 % len(self.items)]
        event = {"source": "benchmark", "event_id": str(self._sent), "user": user, "item": item, "value": 1}
        self._client.post("/v1/events", json={"events": [event]}).raise_for_status()


def _recommending(product: Product) -> str:
    for name, use in product.settings.use_cases.items():
        if use.scenario == "recommend":
            return name
    raise SystemExit("no use case of this product recommends")


def _ask(routes: dict[str, Callable[[int], None]], requests: int) -> dict[str, np.ndarray]:
    """Milliseconds of each request, (requests,), by what was asked."""
    took: dict[str, list[float]] = {name: [] for name in routes}
    for start in range(-WARM, requests, BLOCK):
        for name, ask in routes.items():
            for number in range(start, min(start + BLOCK, requests)):
                began = time.perf_counter()
                ask(number + WARM)
                if number >= 0:
                    took[name].append(1_000 * (time.perf_counter() - began))
    return {name: np.array(times) for name, times in took.items()}


def report(found: dict[str, np.ndarray], release: str) -> tuple[list[str], int]:
    """Markdown lines, and how many bars are missed."""
    empty = float(np.median(found[EMPTY]))
    ratio = float(np.median(found[LIST])) / empty
    lines = [
        "# A list over HTTP",
        "",
        f"Measured on {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}; release: {release}. Every route but "
        "the empty one checks a key and asks the state which release serves. An event is on the disk before "
        "it is acknowledged.",
        "",
        "| asked | requests | p50 ms | p95 ms | p50 : empty |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {len(t)} | {np.median(t):.2f} | {np.quantile(t, 0.95):.2f} | {np.median(t) / empty:.2f} |"
        for name, t in found.items()
    ]
    held = ratio <= MOST
    lines += ["", f"p50 ratio {ratio:.2f} (bar: at most {MOST:g}): {'held' if held else 'MISSED'}."]
    return lines, 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
