"""Drives a use case through the steps, and what stands on a finished run.

``run`` yields events and ends with the run's folder; ``foresee`` says what it will take;
``verify`` computes every figure again; ``predict``, ``ship`` and ``rollback`` use the
winner. Faces call these and show what comes back.
"""

from pilothouse.pipeline.events import STEPS, Event, Finished
from pilothouse.pipeline.foresee import Foreseen, foresee
from pilothouse.pipeline.run import run

__all__ = ["STEPS", "Event", "Finished", "Foreseen", "foresee", "run"]
