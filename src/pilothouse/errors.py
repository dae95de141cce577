"""Faults, as people read them: what happened, what was received, what to do.

::

    PilothouseError            exit 70, HTTP 500: ours, unless a child says otherwise
    |-- UserFault              exit 1, 422: the user can fix it
    |   |-- BadTable           a source that cannot be read as a table
    |   |-- MissingColumn      a column that is not there, with the nearest name
    |   |-- BadOption          an option or setting out of its range
    |   |-- MissingExtra       needs ``pip install pilothouse[extra]``
    |   `-- TooLarge           413: over a declared limit
    |-- NotFound               exit 1, 404: no such product, use case, run, release
    |-- Conflict               exit 1, 409: somebody else holds it or was first
    |-- Refused                exit 1, 403: an untrusted file, path, host or key
    |-- Corrupt                exit 1, 503: a file whose hash does not match
    `-- Workspace              exit 1, 507: full, read-only or locked by another
"""

from __future__ import annotations

from typing import Any, ClassVar

from pilothouse.messages import Language, Message


class PilothouseError(Exception):
    """A fault with its problem and its fix, in both languages."""

    exit_code: ClassVar[int] = 70
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, problem: Message, fix: Message | None = None) -> None:
        super().__init__(problem, fix)
        self.problem = problem
        self.fix = fix

    def __str__(self) -> str:
        return self.text("en")

    def text(self, language: Language) -> str:
        """Problem and fix as one paragraph."""
        parts = [self.problem.text(language)]
        if self.fix is not None:
            parts.append(self.fix.text(language))
        return ("" if language == "zh" else " ").join(parts)

    def as_json(self) -> dict[str, Any]:
        """Code, problem and fix, as the service and ``--json`` show them."""
        fix = None if self.fix is None else self.fix.as_json()
        return {"code": self.code, "problem": self.problem.as_json(), "fix": fix}


class UserFault(PilothouseError):
    """Something the user can put right."""

    exit_code, status, code = 1, 422, "user_fault"


class BadTable(UserFault):
    """A source that cannot be read as a table."""

    code = "bad_table"


class MissingColumn(UserFault):
    """A column that is not there."""

    code = "missing_column"


class BadOption(UserFault):
    """An option or setting out of its range."""

    code = "bad_option"


class MissingExtra(UserFault):
    """A library of an extra that is not installed."""

    code = "missing_extra"


class TooLarge(UserFault):
    """More than a declared limit."""

    status, code = 413, "too_large"


class NotFound(PilothouseError):
    """No such product, use case, run or release."""

    exit_code, status, code = 1, 404, "not_found"


class Conflict(PilothouseError):
    """Somebody else holds it, or was first."""

    exit_code, status, code = 1, 409, "conflict"


class Refused(PilothouseError):
    """An untrusted file, path, host or key."""

    exit_code, status, code = 1, 403, "refused"


class Corrupt(PilothouseError):
    """A file whose hash does not match its manifest."""

    exit_code, status, code = 1, 503, "corrupt"


class Workspace(PilothouseError):
    """The product's folder is full, read-only or held by another process."""

    exit_code, status, code = 1, 507, "workspace"
