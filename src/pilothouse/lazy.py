"""Heavy libraries, loaded where they are used and named when they are missing."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from pilothouse.errors import MissingExtra
from pilothouse.messages import say


def require(module: str, *, extra: str) -> ModuleType:
    """Import ``module``, or say which extra brings it.

    A library that is installed but broken shows its own error.

    Raises
    ------
    MissingExtra
        When the top-level package is not installed.
    """
    if not installed(module):
        raise MissingExtra(
            say("errors.missing_extra", module=module.partition(".")[0]),
            say("errors.install_extra", extra=extra),
        )
    return importlib.import_module(module)


def installed(module: str) -> bool:
    """Tell whether the top-level package of ``module`` can be found, without importing it."""
    return importlib.util.find_spec(module.partition(".")[0]) is not None
