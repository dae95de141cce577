"""What the target column asks: one of two outcomes, one of several, or a number.

Says so in words the reader can correct, drops and counts rows whose outcome is
unknown, and refuses with a reason and a next step what cannot be learnt at all. It
does not judge whether the data suffice: that is the verdict's business.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadOption, MissingColumn, UserFault
from pilothouse.messages import Message, say
from pilothouse.types import Kind, Role, Table

TargetKind = Literal["binary", "classes", "number"]

FEWEST_ROWS = 20
FEWEST_OUTCOMES = 5
MOST_CLASSES = 20
MOST_CODES = 10

# The words of an outcome that somebody looks for.
_YES_WORDS = """
yes y true t 1 1.0 positive pos churn churned left leave leaves leaver exited attrited default
defaulted fraud spam buy buyer bought purchase purchased order ordered click clicked convert
converted subscribe subscribed respond responded accepted success won renewed
是 有 真 对 流失 离开 离职 违约 逾期 欺诈 购买 下单 成交 点击 转化 续费 响应
"""
_YES = frozenset(_YES_WORDS.split())
_NOT = frozenset({"no", "not", "non", "never", "0", "un"})
_ZERO = frozenset({"0", "0.0", "-1", "-1.0"})


@dataclass(frozen=True)
class Target:
    """The target column, ready to be learnt.

    Parameters
    ----------
    table
        Without the rows whose outcome is missing; the target has role TARGET and is
        CATEGORY of strings, or NUMBER.
    kind
        "binary", "classes" or "number".
    classes
        In order; in a two-class problem ``classes[1]`` is the outcome looked for.
    truth
        (n,) int64 class numbers, or float64.
    kept
        (n,) int64 positions of the rows in the table that was given.
    notes
        What the reader should know or may correct.
    """

    table: Table
    name: str
    kind: TargetKind
    classes: tuple[str, ...]
    truth: NDArray[Any]
    kept: NDArray[np.int64]
    notes: tuple[Message, ...]

    @property
    def positive(self) -> str | None:
        """The outcome looked for, in a two-class problem."""
        return self.classes[1] if self.kind == "binary" else None


def target_kind(values: NDArray[Any]) -> TargetKind:
    """Decide what the values ask.

    Two distinct values are "binary"; up to 20 distinct strings, or up to 10 whole
    numbers between -100 and 100 (ratings, codes), are "classes"; other numbers, also
    written as strings of more than 20 kinds, are a "number".
    """
    present = _present(values)
    if present.dtype != object:
        distinct = np.unique(present)
        if len(distinct) == 2:
            return "binary"
        codes = bool((distinct == np.floor(distinct)).all() and (np.abs(distinct) <= 100).all())
        return "classes" if codes and len(distinct) <= MOST_CODES else "number"
    kinds = set(present.tolist())
    if len(kinds) == 2:
        return "binary"
    if len(kinds) > MOST_CLASSES and all(_number(v) is not None for v in kinds):
        return "number"
    return "classes"


def check_target(
    table: Table,
    target: str,
    *,
    kind: TargetKind | None = None,
    positive: str | None = None,
    most: int = MOST_CLASSES,
) -> Target:
    """Find the target and make it ready.

    Parameters
    ----------
    table, target
        The collected table and the column's name.
    kind, positive
        The user's own choice, where they made one.
    most
        More classes than this are refused.

    Raises
    ------
    MissingColumn
        No such column; the nearest name is told.
    UserFault
        Nothing to learn: all missing, one outcome, too few rows, too many classes.
    BadOption
        ``positive`` is not one of the two outcomes, or ``kind`` does not fit.
    """
    if target not in table:
        raise _no_column(table, target)
    column = table.column(target)
    if column.kind is Kind.TIME:
        raise UserFault(say("prepare.target_is_time", column=target), say("prepare.target_is_time_fix"))
    present = _is_present(table[target])
    if not present.any():
        raise UserFault(say("prepare.target_missing", column=target), say("prepare.target_missing_fix"))
    kept = np.flatnonzero(present)
    notes: list[Message] = []
    if len(kept) < table.rows:
        notes.append(say("prepare.target_dropped", rows=table.rows - len(kept), column=target))
    values = table[target][kept]
    kind = kind or target_kind(values)
    if kind == "number":
        return _numeric(table, target, values, kept, notes)
    return _classes(table, target, values, kept, (kind, positive, notes, most))


def _no_column(table: Table, target: str) -> MissingColumn:
    lowered = {name.lower(): name for name in reversed(table.names)}
    near = difflib.get_close_matches(target.lower(), lowered, n=1, cutoff=0.5)
    if near:
        fix = say("prepare.no_column_nearest", nearest=lowered[near[0]])
    else:
        fix = say("prepare.no_column_names", names=", ".join(table.names[:20]))
    return MissingColumn(say("prepare.no_column", column=target), fix)


def _is_present(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype == object:
        return np.fromiter((v is not None and v.strip() != "" for v in values), dtype=bool, count=len(values))
    finite: NDArray[np.bool_] = np.isfinite(values)
    return finite


def _present(values: NDArray[Any]) -> NDArray[Any]:
    kept: NDArray[Any] = values[_is_present(values)]
    return kept


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _numeric(
    table: Table, target: str, values: NDArray[Any], kept: NDArray[np.int64], notes: list[Message]
) -> Target:
    if values.dtype == object:
        read = [_number(v) for v in values.tolist()]
        odd = next((v for v, r in zip(values.tolist(), read, strict=True) if r is None), None)
        if odd is not None:
            raise BadOption(
                say("prepare.not_numbers", column=target, value=odd[:40]), say("prepare.not_numbers_fix")
            )
        truth = np.array(read, dtype=np.float64)
    else:
        truth = values.astype(np.float64)
    if len(np.unique(truth)) < 2:
        raise _one_outcome(target, f"{truth[0]:g}")
    if len(truth) < FEWEST_ROWS:
        raise _too_few(len(truth))
    notes.append(say("prepare.asks_number", column=target))
    column = replace(table.column(target), kind=Kind.NUMBER, role=Role.TARGET, missing=0.0)
    return Target(table.take(kept).put(column, truth), target, "number", (), truth, kept, tuple(notes))


def _one_outcome(target: str, value: str) -> UserFault:
    return UserFault(
        say("prepare.one_outcome", column=target, value=value[:40]), say("prepare.one_outcome_fix")
    )


def _too_few(rows: int) -> UserFault:
    return UserFault(
        say("prepare.too_few_rows", rows=rows, least=FEWEST_ROWS), say("prepare.too_few_rows_fix")
    )


def _labels(values: NDArray[Any]) -> list[str]:
    if values.dtype == object:
        return [v.strip() for v in values.tolist()]
    return [str(int(v)) if float(v).is_integer() else f"{v:g}" for v in values.tolist()]


def _classes(
    table: Table,
    target: str,
    values: NDArray[Any],
    kept: NDArray[np.int64],
    asked: tuple[TargetKind, str | None, list[Message], int],
) -> Target:
    kind, positive, notes, most = asked
    labels = _labels(values)
    counts = Counter(labels)
    if len(counts) < 2:
        raise _one_outcome(target, labels[0])
    if len(counts) > most:
        raise UserFault(
            say("prepare.too_many_classes", column=target, classes=len(counts), most=most),
            say("prepare.too_many_classes_fix"),
        )
    if len(labels) < FEWEST_ROWS:
        raise _too_few(len(labels))
    labels, kept, counts = _without_rare(labels, kept, counts, notes, target)
    classes: tuple[str, ...]
    if len(counts) == 2:
        kind = "binary"
        classes = _order(counts, positive, target, notes)
    elif kind == "binary" or positive is not None:
        raise BadOption(
            say("prepare.not_two", column=target, classes=len(counts)), say("prepare.not_two_fix")
        )
    else:
        classes = tuple(sorted(counts, key=lambda c: (_number(c) is None, _number(c) or 0.0, c)))
        notes.append(say("prepare.asks_classes", column=target, classes=len(classes)))
    text = np.empty(len(labels), dtype=object)
    text[:] = labels
    number = {c: i for i, c in enumerate(classes)}
    truth = np.array([number[v] for v in labels], dtype=np.int64)
    column = replace(
        table.column(target), kind=Kind.CATEGORY, role=Role.TARGET, missing=0.0, distinct=len(classes)
    )
    return Target(table.take(kept).put(column, text), target, kind, classes, truth, kept, tuple(notes))


def _without_rare(
    labels: list[str], kept: NDArray[np.int64], counts: Counter[str], notes: list[Message], target: str
) -> tuple[list[str], NDArray[np.int64], Counter[str]]:
    """Leave out classes too rare to stand in every fold; two must remain."""
    common = Counter({c: n for c, n in counts.items() if n >= FEWEST_OUTCOMES})
    if len(common) == len(counts):
        return labels, kept, counts
    if len(common) < 2:
        value, rows = min(counts.items(), key=lambda pair: (pair[1], pair[0]))
        raise UserFault(
            say("prepare.outcome_too_rare", value=value[:40], rows=rows, least=FEWEST_OUTCOMES),
            say("prepare.too_few_rows_fix"),
        )
    stays = np.array([v in common for v in labels])
    gone = len(labels) - int(stays.sum())
    notes.append(say("prepare.rare_dropped", rows=gone, classes=len(counts) - len(common), column=target))
    return [v for v in labels if v in common], kept[stays], common


def _order(counts: Counter[str], positive: str | None, target: str, notes: list[Message]) -> tuple[str, str]:
    """Put the outcome looked for second: the user's, else the one that says yes, else the rarer."""
    if positive is not None:
        if positive not in counts:
            raise BadOption(
                say("prepare.no_such_outcome", value=positive[:40], column=target),
                say("prepare.no_such_outcome_fix", values=", ".join(sorted(counts))),
            )
        chosen, why = positive, "prepare.positive_given"
    else:
        first, second = sorted(counts)
        yes = [v for v, other in ((first, second), (second, first)) if says_yes(v, other)]
        rarer = min(counts, key=lambda v: (counts[v], v))
        chosen, why = (
            (yes[0], "prepare.positive_word") if len(yes) == 1 else (rarer, "prepare.positive_rarer")
        )
    notes.append(say(why, value=chosen, column=target, share=counts[chosen] / counts.total()))
    return next(v for v in counts if v != chosen), chosen


def says_yes(value: str, other: str) -> bool:
    """Tell whether ``value`` is the outcome a question is about, ``other`` being the second.

    "Yes", "1" against "0", "流失" against "未流失", ">50K" against "<=50K"; "1"
    against "2" says nothing.

    >>> says_yes("Attrited Customer", "Existing Customer"), says_yes("1", "2")
    (True, False)
    """
    text, against = value.strip().lower().removeprefix("已"), other.strip().lower()
    if text in ("1", "1.0"):
        return against in _ZERO
    if text[:1] in ">≥＞" and against[:1] in "<≤＜":
        return True
    words = set(re.findall(r"[a-z]+|[0-9.]+", text))
    if words & _NOT or re.match("[未不非否没无]", text):
        return False
    if text in _YES or words & _YES - {"1", "1.0"}:
        return True
    return bool(against) and re.match("[未不非没无]", against) is not None and text in against
