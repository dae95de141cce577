"""The contract of ``run.json``: what one run proves, as typed fields.

Schema version 1. Reading refuses a newer version. Every sentence is kept with its
key, its values and both texts, so that any reader can show it. This module defines
the fields; it computes none of them.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1


class Said(BaseModel):
    """A message as files keep it (see ``Message.as_json``)."""

    model_config = ConfigDict(extra="forbid")
    key: str
    values: dict[str, Any] = Field(default_factory=dict)
    zh: str
    en: str


class Figure(BaseModel):
    """A figure and its likely range; the range is None where none is defined."""

    value: float | None
    low: float | None = None
    high: float | None = None


class SplitRecord(BaseModel):
    """How rows were kept aside."""

    kind: Literal["holdout", "nested", "time"]
    train: int
    test: int
    unit: str
    units: int
    outcomes: int = Field(description="E of the verdict rules: outcomes of the rarer class kept aside")
    positives: int = Field(description="rows kept aside that have the outcome; 0 for a numeric target")
    notes: list[Said] = Field(default_factory=list)


class TargetRecord(BaseModel):
    """What is predicted."""

    name: str
    kind: Literal["binary", "classes", "number", "ranking", "pictures", "needs", "answers", "texts"]
    classes: list[str] = Field(default_factory=list)
    positive: str | None = None
    base_rate: float | None = None


class CandidateRecord(BaseModel):
    """One competitor: its words and how it was built."""

    name: str
    label: Said
    sentence: Said | None = Field(None, description="the rule in words a PM can say; baselines only")
    is_stand_in: bool
    rank: int
    parameters: dict[str, Any] = Field(default_factory=dict)
    seconds: float = 0.0
    cut_short: bool = False


class LeakRecord(BaseModel):
    """An answer hidden in the data."""

    column: str
    level: Literal["removed", "asked", "noted"]
    reason: Said
    score_with: float | None = None
    score_without: float | None = None


class PersonalRecord(BaseModel):
    """A column with personal data and what was done to it."""

    column: str
    kind: str
    treatment: Literal["pseudonym", "removed", "redacted", "not_checked"]
    share: float
    reason: Said


class SliceRecord(BaseModel):
    """How the winner does for a group."""

    column: str
    group: str
    rows: int
    score: Figure
    gain: Figure
    worse: bool
    loses: bool


class SkippedRecord(BaseModel):
    """A candidate that did not run."""

    candidate: str
    label: Said | None = None
    reason: Said
    install: str | None = None


class CurveRecord(BaseModel):
    """The learning curve and its reach."""

    status: Literal["ok", "cannot_tell"]
    sizes: list[int]
    scores: list[list[float]]
    a: float | None = None
    b: float | None = None
    c: float | None = None
    at_double: Figure | None = None
    gain_at_double: Figure | None = None
    price: Said | None = None


class CalibrationRecord(BaseModel):
    """When it says 30 %, do 30 % happen?"""

    ece: float
    limit: float
    calibrated: bool
    slope: Figure
    observed_expected: Figure
    bins: list[dict[str, float]] = Field(description="mean said, share happened, rows; equal mass")


class FlaggedRecord(BaseModel):
    """Of 100 it flags, how many are right, and how many the best rule finds."""

    share: float = Field(description="share of rows flagged")
    count: int = Field(description="rows flagged among those kept aside")
    threshold: float
    winner: Figure
    baseline: Figure
    extra: Figure
    set_by: Literal["capacity", "costs", "base_rate"]


class ValueRecord(BaseModel):
    """Money, with what it assumes."""

    currency: str
    per: str
    winner: Figure
    baseline: Figure
    gain: Figure
    assumptions: dict[str, Any] = Field(description="name -> [low, likely, high]")
    break_even: float | None = Field(description="success rate at which contacts pay for themselves")
    matters_most: str | None
    smallest_gain: float
    positive_over_range: bool
    effect: Literal["assumed", "measured", "not_needed"]
    rates: dict[str, list[float]] = Field(
        default_factory=dict,
        description='"winner", "baseline" -> what one row of the volume brings: [hits, flagged] where one'
        " acts, [right] for classes, [mean absolute error] for a number",
    )


class DriverRecord(BaseModel):
    """A column that drives the answers: how much the score falls when it is shuffled."""

    column: str
    importance: Figure
    direction: Said | None = None
    bends: list[dict[str, Any]] = Field(default_factory=list, description="value or group, mean answer")


class TreeRecord(BaseModel):
    """A small tree that imitates the winner and how often it agrees."""

    agreement: float
    rules: list[Said]


class RowReason(BaseModel):
    """Why one row got its answer."""

    row: str = Field(description="pseudonym")
    score: float
    reasons: list[Said]
    what_if: list[Said] = Field(default_factory=list)


class ShownItem(BaseModel):
    """An item of a list, and why it is there."""

    item: str
    reason: Said | None = None


class CaseRecord(BaseModel):
    """What one person would see."""

    who: str = Field(description="pseudonym")
    group: Said
    has: list[str] = Field(description="what they had before, the latest last")
    winner: list[ShownItem]
    baseline: list[str]
    took: list[str] = Field(description="what they took afterwards")


class PictureRecord(BaseModel):
    """A picture of a panel."""

    file: str = Field(description="PNG, relative to the run's folder")
    caption: Said | str = ""


class PanelRecord(BaseModel):
    """A part of the report that only one scenario has."""

    title: Said
    told: Said
    pictures: list[PictureRecord] = Field(default_factory=list)
    chart: dict[str, Any] | None = Field(None, description="Vega-Lite with its data; texts as kept messages")
    header: list[Said | str] = Field(default_factory=list)
    rows: list[list[Said | str]] = Field(default_factory=list)
    leads: bool = Field(False, description="stands right below the verdict")


class ExplanationRecord(BaseModel):
    """What drives the winner."""

    drivers: list[DriverRecord]
    tree: TreeRecord | None
    examples: list[RowReason]
    cases: list[CaseRecord] = Field(default_factory=list, description="of rankings: lists side by side")
    panels: list[PanelRecord] = Field(default_factory=list, description="what this scenario alone shows")


class VerdictRecord(BaseModel):
    """The decision."""

    code: Literal["go", "pilot", "more_data", "no_go"]
    headline: Said
    reasons: list[Said]
    next: Said
    would_change: Said
    command: str
    boss: Said = Field(description="one sentence to tell the boss")
    rules: dict[str, Any] = Field(description="every rule's inputs and outcome: L, U, d, E, p, ...")


class GainRecord(BaseModel):
    """The winner against the baseline on the same rows."""

    score: float
    interval: Figure
    gain: float
    gain_interval: Figure
    gain_99: Figure


class RunRecord(BaseModel):
    """``run.json``."""

    model_config = ConfigDict(extra="forbid")

    schema_version: int = SCHEMA_VERSION
    pilothouse_version: str
    use_case: str
    title: str
    scenario: str
    run_id: str
    status: Literal["done", "interrupted"] = "done"
    started_at: str
    seconds: float
    peak_rss_mb: float
    language: Literal["zh", "en"]
    source: str = Field(description="file name or URL without credentials")
    rows: int
    rows_rejected: int = 0
    rows_contest: int = Field(description="rows the contest used; fewer than rows for big tables")
    columns: list[dict[str, Any]] = Field(description="name, kind, role, used, missing, distinct, personal")
    data_hash: str
    plan_hash: str
    frozen_hash: str = Field(
        description="of winner, threshold, calibration, slices, metric; before test opened"
    )
    seed: int
    question: Said
    target: TargetRecord
    split: SplitRecord
    metric: dict[str, Any] = Field(description="name, higher_is_better")
    winner: str
    baseline: dict[str, Any] = Field(description="name, score, interval")
    test: GainRecord
    out_of_fold: GainRecord
    p_corrected: float = Field(description="corrected training-fold comparison, Nadeau and Bengio 2003")
    windows_won: list[bool] = Field(default_factory=list, description="time splits: gain above 0 by window")
    candidates: list[CandidateRecord]
    metrics: dict[str, dict[str, dict[str, Figure]]] = Field(
        description='part ("out_of_fold", "test") -> candidate -> metric -> figure'
    )
    fold_scores: dict[str, list[float]] = Field(description="candidate -> primary score by fold")
    leaks: list[LeakRecord] = Field(default_factory=list)
    personal: list[PersonalRecord] = Field(default_factory=list)
    slices: list[SliceRecord] = Field(default_factory=list)
    skipped: list[SkippedRecord] = Field(default_factory=list)
    learning_curve: CurveRecord | None = None
    calibration: CalibrationRecord | None = None
    flagged: FlaggedRecord | None = None
    value: ValueRecord | None = None
    explanation: ExplanationRecord | None = None
    looks: int
    interval_level: float
    not_checked: list[Said] = Field(default_factory=list)
    notes: list[Said] = Field(default_factory=list)
    verdict: VerdictRecord
    found: list[Said] = Field(
        default_factory=list, description="what was found, where that and not a prediction is the answer"
    )
    screen: list[Said] = Field(description="what the terminal shows first, a line each")

    @property
    def leaks_sought(self) -> bool:
        """Whether answers are told from columns, among which leaks were looked for."""
        pictured = any(c["kind"] == "picture" and c.get("used") for c in self.columns)
        return self.target.kind not in ("ranking", "answers", "texts") and not pictured
