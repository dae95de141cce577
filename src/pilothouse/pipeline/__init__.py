"""Drives a use case through the steps, and what stands on a finished run.

``run`` yields events and ends with the run's folder; ``foresee`` says what it will take;
``verify`` computes every figure again; ``predict``, ``ship`` and ``rollback`` use the
winner. Faces call these and show what comes back.
"""

from pilothouse.pipeline.answering import predict
from pilothouse.pipeline.events import STEPS, Event, Finished
from pilothouse.pipeline.exporting import export
from pilothouse.pipeline.foresee import Foreseen, foresee
from pilothouse.pipeline.releases import manage_keys, rollback, servable_in, ship
from pilothouse.pipeline.run import run
from pilothouse.pipeline.scanning import is_data, scan, scenario_of
from pilothouse.pipeline.verify import verify

__all__ = [
    "STEPS",
    "Event",
    "Finished",
    "Foreseen",
    "export",
    "foresee",
    "is_data",
    "manage_keys",
    "predict",
    "rollback",
    "run",
    "scan",
    "scenario_of",
    "servable_in",
    "ship",
    "verify",
]
