"""The leak firewall: answers hidden in the data, found before any headline figure.

``single`` looks at one column at a time, ``pairs`` at two, ``together`` at columns that
tell the same story, ``probe`` scores sets of columns, ``losing`` chooses which, ``firewall`` decides.
"""

from pilothouse.steps.prepare.leaks.firewall import LeakReport, find_leaks
from pilothouse.steps.prepare.leaks.probe import LeakBudget, Probing

__all__ = ["LeakBudget", "LeakReport", "Probing", "find_leaks"]
