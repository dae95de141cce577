"""collect: from a source to a typed table, with what was rejected and where it came from.

In the order of the data: ``source`` (what is asked for and what comes back),
``limits`` (bombs), ``encoding`` -> ``dialect`` -> ``delimited`` | ``excel`` |
``jsonlines`` | ``databases`` (rows of text), ``stage`` (DuckDB holds them, samples
them), ``numbers`` and ``times`` -> ``kinds`` (what a column is), ``reading`` (the
step itself), ``roles`` (what a column is for), ``scan`` (what the table supports).
"""

from pilothouse.steps.collect.documents import is_folder_of_documents
from pilothouse.steps.collect.limits import Limits
from pilothouse.steps.collect.pictures import attach, is_folder_of_pictures
from pilothouse.steps.collect.reading import read
from pilothouse.steps.collect.rejects import write_rejects
from pilothouse.steps.collect.roles import guess_roles, guess_targets
from pilothouse.steps.collect.scan import Scan, scan_table
from pilothouse.steps.collect.source import Collected, Provenance, Reject, Source

__all__ = [
    "Collected",
    "Limits",
    "Provenance",
    "Reject",
    "Scan",
    "Source",
    "attach",
    "guess_roles",
    "guess_targets",
    "is_folder_of_documents",
    "is_folder_of_pictures",
    "read",
    "scan_table",
    "write_rejects",
]
