"""Figures about the service for ``/metrics``, in a registry of its own; labels have few values."""

from __future__ import annotations

from typing import Any


class Meters:
    """Counters and times, kept for each application apart."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry: Any = CollectorRegistry()
        self._requests = Counter(
            "pilothouse_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "pilothouse_request_seconds",
            "Seconds from the first byte to the last.",
            ("route",),
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self._rows = Counter(
            "pilothouse_rows_answered", "Rows answered.", ("use_case", "release"), registry=self.registry
        )
        self.in_flight: Any = Gauge(
            "pilothouse_requests_in_flight", "Requests being answered.", registry=self.registry
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def rows(self, use_case: str, release: int, rows: int) -> None:
        """Count answered rows."""
        self._rows.labels(use_case, str(release)).inc(rows)

    def text(self) -> bytes:
        """Write everything in Prometheus' text format."""
        from prometheus_client import generate_latest

        return bytes(generate_latest(self.registry))
