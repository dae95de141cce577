"""Prepare rows that have a table of events beside them.

The past is read first (``eventful``), then the rows are prepared like any others
(``supervise``): its figures are columns among columns, checked and searched for leaks.
"""

from __future__ import annotations

from dataclasses import replace

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import say
from pilothouse.steps.prepare.desensitise import desensitise
from pilothouse.steps.prepare.eventful import clean, learn_lens, look, moments_of, told
from pilothouse.steps.prepare.supervise import Prepared, Wish, prepare_supervised
from pilothouse.types import Data, Role, Table


def prepare_eventful(rows: Table, events: Table, wish: Wish, pseudonyms: Pseudonyms) -> Prepared:
    """Make rows ready that have a table of events beside them.

    Where rows have no time of their own, the pasts of those whose outcome is not known
    yet are learnt from too (table "unlabelled"); where they have, those lie after the
    rows kept aside and stay out.

    Parameters
    ----------
    rows, events
        As collected, roles set.

    Raises
    ------
    MissingColumn, UserFault
        See ``eventful.learn_lens`` and ``told``, and ``prepare_supervised``.
    """
    safe = desensitise(events, pseudonyms, enabled=wish.desensitise)
    # An item that names a person (a message's receiver) is pseudonymised, and not read.
    columns = tuple(
        replace(c, role=Role.IGNORE) if c.role is Role.ITEM and c.personal is not None else c
        for c in safe.table.columns
    )
    read = safe.table.describe(columns)
    for column in read.of_role(Role.USER):  # the ids join rows and events, then they are left behind
        read = read.put(column, events[events.of_role(Role.USER)[0].name])
    lens = learn_lens(rows, read)
    placed = clean(lens, read)
    seen = look(lens, rows, placed, moments_of(lens, rows, placed))
    made = prepare_supervised(seen, wish, pseudonyms)
    tables = dict(made.data.tables)
    if lens.asked is None and made.waiting.rows:
        tables["unlabelled"] = made.waiting.select(c.name for c in made.waiting.of_role(Role.PAST))
    own = {c.name for c in made.columns}
    used = {c.name for c in lens.columns}
    idle = [c.name for c in read.columns if c.role in (Role.FEATURE, Role.TEXT) and c.name not in used]
    unread = (say("behaviour.not_read", columns=", ".join(idle)),) if idle else ()
    return replace(
        made,
        data=Data(tables),
        columns=(*made.columns, *(replace(c, role=Role.IGNORE) for c in columns if c.name not in own)),
        personal=(*made.personal, *safe.report),
        notes=(*told(lens, rows, placed, seen), *unread, *made.notes),
        lens=lens,
    )
