"""From a checked JSON value to a table: one pass of validation, and faults that name the column."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, NotRequired

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from pilothouse.errors import MissingColumn, PilothouseError, UserFault
from pilothouse.messages import Message, say
from pilothouse.service.log import printable
from pilothouse.service.upload import Upload
from pilothouse.steps.deploy.contract import Servable, to_table, typed_fields
from pilothouse.types import Kind, Table


class Intake:
    """Reads the requests of one release.

    Parameters
    ----------
    servable
        The release: its schema and the type of its rows.
    most_rows
        More rows are refused.
    """

    def __init__(self, servable: Servable, most_rows: int) -> None:
        self._schema = servable.schema
        self._names = [column.name for column in servable.schema]
        self._most_rows = most_rows
        self.adapter: TypeAdapter[Any] = TypeAdapter(envelope(servable.request_type, most_rows))

    def read(self, body: Any) -> tuple[Table, bool]:
        """Return the rows as a table, and whether reasons are asked for.

        Raises
        ------
        MissingColumn
            When a column is missing or unknown; it and the nearest name are given.
        UserFault
            When a value has the wrong kind (its row and column are given), or there are too many rows.
        """
        if isinstance(body, Upload):
            return self._file(body), False
        try:
            request = self.adapter.validate_python(body)
        except ValidationError as fault:
            found = fault.errors(include_url=False, include_context=True, include_input=False)
        else:
            return to_table(self._schema, request["rows"]), request.get("reasons", False)
        raise self._explain(found, body)

    @property
    def takes_pictures(self) -> bool:
        """Whether a request may be an uploaded picture."""
        return any(column.kind is Kind.PICTURE for column in self._schema)

    def _file(self, upload: Upload) -> Table:
        """One uploaded picture as a table of one row; its name is the id."""
        values = {Kind.PICTURE: upload.content}
        return to_table(self._schema, [{c.name: values.get(c.kind, upload.name) for c in self._schema}])

    def _explain(self, found: list[Any], body: Any) -> PilothouseError:
        first = found[0]
        place, kind = first["loc"], first["type"]
        if len(place) < 3:
            return self._explain_envelope(place, kind)
        row, name = int(place[1]), str(place[2])
        given = _row(body, row)
        if kind == "missing":
            unknown = [n for n in given if n not in self._names]
            return _missing(row, name, _nearest(name, unknown))
        if kind == "extra_forbidden":
            absent = [n for n in self._names if n not in given]
            return _extra(row, name, _nearest(name, absent or self._names))
        return UserFault(
            say("service.bad_value", row=row + 1, column=_name(name), wanted=_wanted(kind)),
            say("service.see_schema"),
        )

    def _explain_envelope(self, place: tuple[Any, ...], kind: str) -> PilothouseError:
        if kind == "too_long" and place == ("rows",):
            return UserFault(say("service.too_many_rows", most=self._most_rows), say("service.fewer_rows"))
        where = _name(".".join(str(p) for p in place)) if place else "body"
        return UserFault(say("service.bad_request", where=where), say("service.see_schema"))


def envelope(request_type: Any, most_rows: int) -> Any:
    """Make the type of a whole request: one row or a list of them, and whether reasons are wanted."""
    listed = Annotated[list[request_type], Field(min_length=1, max_length=most_rows)]
    rows = Annotated[
        listed,
        BeforeValidator(_listed, json_schema_input_type=request_type | listed),
        Field(description=f"One row, or up to {most_rows} rows."),
    ]
    fields: dict[str, Any] = {"rows": rows, "reasons": NotRequired[bool]}
    return typed_fields("PredictRequest", fields)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


def _row(body: Any, row: int) -> Mapping[str, Any]:
    rows = body["rows"]
    given = rows if isinstance(rows, dict) else rows[row]
    return given if isinstance(given, dict) else {}


def _nearest(name: str, among: list[str]) -> str | None:
    folded = {n.casefold(): n for n in reversed(among)}
    near = get_close_matches(name.casefold()[:200], list(folded)[:2_000], n=1, cutoff=0.5)
    return folded[near[0]] if near else None


def _missing(row: int, name: str, nearest: str | None) -> MissingColumn:
    if nearest is None:
        return MissingColumn(
            say("service.column_missing", row=row + 1, column=_name(name)), say("service.add_column")
        )
    return MissingColumn(
        say("service.column_missing", row=row + 1, column=_name(name)),
        say("service.rename_column", given=_name(nearest), column=_name(name)),
    )


def _extra(row: int, name: str, nearest: str | None) -> MissingColumn:
    problem = say("service.column_unknown", row=row + 1, column=_name(name))
    if nearest is None:
        return MissingColumn(problem, say("service.remove_column"))
    return MissingColumn(problem, say("service.nearest_column", column=_name(nearest)))


def _wanted(kind: str) -> Message:
    for word in ("float", "string", "int", "finite"):
        if kind.startswith(word):
            break
    else:
        return say("service.wanted_schema")
    if kind == "string_too_long":
        return say("service.wanted_short")
    return say("service.wanted_text" if word == "string" else "service.wanted_number")


def _name(text: str) -> str:
    return printable(text, 100)
