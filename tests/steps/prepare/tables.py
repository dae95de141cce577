"""Small tables for these tests."""

import numpy as np

from pilothouse.types import Column, Kind, Role, Table


def words(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def table(roles=None, kinds=None, **columns):
    """Numbers from arrays, categories from lists, times from datetime64; role FEATURE unless told."""
    described, values = [], {}
    for name, given in columns.items():
        values[name] = given if isinstance(given, np.ndarray) else words(given)
        kind = {"f": Kind.NUMBER, "M": Kind.TIME, "O": Kind.CATEGORY}[values[name].dtype.kind]
        described.append(Column(name, (kinds or {}).get(name, kind), (roles or {}).get(name, Role.FEATURE)))
    return Table(tuple(described), values)
