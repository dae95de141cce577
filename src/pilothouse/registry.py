"""Scenario name to class: the built-in table, and entry points for others.

Built-ins take the plugin's road: they stand in one explicit table, and anything
installed under the entry-point group ``pilothouse.scenarios`` joins it.
"""

from __future__ import annotations

import difflib
import importlib
from importlib import metadata

from pilothouse.errors import NotFound
from pilothouse.messages import say
from pilothouse.scenario import Scenario

BUILT_IN = {
    "predict": "pilothouse.scenarios.predict:Predict",
    "recommend": "pilothouse.scenarios.recommend:Recommend",
    "images": "pilothouse.scenarios.images:Images",
    "classify": "pilothouse.scenarios.classify:Classify",
    "imagine": "pilothouse.scenarios.imagine:Imagine",
    "needs": "pilothouse.scenarios.needs:Needs",
    "answer": "pilothouse.scenarios.answer:Answer",
    "write": "pilothouse.scenarios.write:Write",
}
GROUP = "pilothouse.scenarios"


def names() -> tuple[str, ...]:
    """List every scenario that is installed, built-ins first."""
    plugins = sorted({point.name for point in metadata.entry_points(group=GROUP)} - set(BUILT_IN))
    return (*BUILT_IN, *plugins)


def find(name: str) -> type[Scenario]:
    """Load one scenario's class.

    Raises
    ------
    NotFound
        When no scenario of that name is installed; the nearest name is given.
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        built_in: type[Scenario] = getattr(importlib.import_module(module), attribute)
        return built_in
    for point in metadata.entry_points(group=GROUP, name=name):
        plugin: type[Scenario] = point.load()
        return plugin
    close = difflib.get_close_matches(name, names(), n=1)
    hint = say("product.nearest", name=close[0]) if close else say("product.known", names=", ".join(names()))
    raise NotFound(say("scenario.unknown", name=name), hint)
