"""The door for personal data: find it, mask it in texts, replace ids by pseudonyms.

Every look at what is personal goes through here: columns (``find_personal``), texts
(``redact``), ids (``Pseudonyms``), and names of people in free text, which need the
extra ``privacy`` (``name_finder``). What is then done to a table is decided in
``steps.prepare.desensitise``. Nothing here promises to find everything: a nickname
or a story that gives somebody away has no pattern.
"""

from pilothouse.guards.personal.columns import PersonalColumn, find_personal
from pilothouse.guards.personal.people import NameFinder, name_finder
from pilothouse.guards.personal.pseudonyms import Pseudonyms
from pilothouse.guards.personal.values import Span, find_in, redact

__all__ = [
    "NameFinder",
    "PersonalColumn",
    "Pseudonyms",
    "Span",
    "find_in",
    "find_personal",
    "name_finder",
    "redact",
]
