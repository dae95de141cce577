"""What flows between the steps: tables, questions and answers, evidence.

Every type here is frozen and holds data only; nothing here reads a file, fits a
model or knows a scenario.
"""

from pilothouse.types.candidate import Answerer, Candidate, Context, Cost, Crew, Fit, Model, Shape
from pilothouse.types.contest import Answers, Questions, Scores, Split
from pilothouse.types.evidence import Curve, Estimate, Interval, Leak, Slice
from pilothouse.types.llm import Door, Prompt, Reply
from pilothouse.types.table import Column, Data, Kind, Role, Table

__all__ = [
    "Answerer",
    "Answers",
    "Candidate",
    "Column",
    "Context",
    "Cost",
    "Crew",
    "Curve",
    "Data",
    "Door",
    "Estimate",
    "Fit",
    "Interval",
    "Kind",
    "Leak",
    "Model",
    "Prompt",
    "Questions",
    "Reply",
    "Role",
    "Scores",
    "Shape",
    "Slice",
    "Split",
    "Table",
]
