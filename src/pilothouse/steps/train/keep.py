"""The drawer of finished fits: what was answered once is never asked again.

One file for each fit, ``<key>.npz`` without objects. The key is a SHA-256 of
everything that the answers depend on; a file that is cut short or damaged fails
its checksum and counts as absent. It removes nothing: the run folder's owner does.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

import pilothouse
from pilothouse.errors import Workspace
from pilothouse.messages import say
from pilothouse.steps.train.fitting import Done
from pilothouse.types import Data, Fit

_ANSWER = "answer."
_SECONDS = "seconds"
_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error, RuntimeError)
"""What reading an absent, cut or altered file may raise."""
_PLAIN = (bool, int, float, str, type(None), Path)
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, type)


class Keep:
    """Finished fits of one bundle of data in one folder.

    Parameters
    ----------
    folder
        Made when absent; belongs to one process at a time.
    data
        What is learnt from; its digest is part of every key.

    Raises
    ------
    Workspace
        When the folder cannot be made or written.
    """

    def __init__(self, folder: Path, data: Data) -> None:
        self._folder = folder
        self._data = digest(data)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.glob("*.part"):
                left.unlink(missing_ok=True)
        except OSError as fault:
            raise _unwritable(folder, fault) from fault

    def key(self, fit: Fit) -> str:
        """Name of the fit's file: equal for fits that must give equal answers."""
        index = [np.ascontiguousarray(part, dtype=np.int64) for part in (fit.learn, fit.ask)]
        columns = None if fit.columns is None else sorted(set(fit.columns))
        return fingerprint(
            [pilothouse.__version__, self._data, fit.candidate, fit.parameters, *index, columns, fit.seed]
        )

    def load(self, key: str, rows: int) -> Done | None:
        """Return what was kept, or None when absent, damaged or of another length."""
        try:
            with self._path(key).open("rb") as file, np.load(file, allow_pickle=False) as kept:
                values = {n.removeprefix(_ANSWER): kept[n] for n in kept.files if n.startswith(_ANSWER)}
                seconds = float(kept[_SECONDS])
        except _DAMAGE:
            return None
        if not values or any(v.shape[:1] != (rows,) for v in values.values()):
            return None
        return Done(values, seconds)

    def store(self, key: str, done: Done) -> None:
        """Write under a temporary name, sync, rename: whole or absent, never half.

        Raises
        ------
        Workspace
            When the disk is full or the folder cannot be written.
        TypeError
            When an answer holds objects.
        """
        if any(v.dtype.hasobject for v in done.values.values()):
            raise TypeError("answers are arrays of numbers, not of objects")
        arrays = {_ANSWER + name: values for name, values in done.values.items()}
        part = self._folder / f"{key}.{os.getpid()}.part"
        try:
            with part.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays, seconds=np.float64(done.seconds))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path(key))
        except OSError as fault:
            raise _unwritable(self._folder, fault) from fault
        finally:
            part.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.npz"


def digest(data: Data) -> str:
    """SHA-256 of every table: names, values, and the roles that say what is learnt from."""
    tables = {name: data.tables[name] for name in sorted(data.tables)}
    roles = {name: [(c.name, c.role) for c in table.columns] for name, table in tables.items()}
    return fingerprint([data.main, roles, {name: table.digest() for name, table in tables.items()}])


def fingerprint(value: Any) -> str:
    """SHA-256 of a value's content, the same in every process and on every day.

    Raises
    ------
    TypeError
        For what has no stable content, such as a lambda.
    """
    seen = hashlib.sha256()
    _feed(seen, value)
    return seen.hexdigest()


def _feed(seen: Any, value: Any) -> None:
    """Add one value with its type and length, so that no two contents run together."""
    if isinstance(value, np.generic):
        value = value.item()
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, Enum):
        _note(seen, kind, value.name)
    elif isinstance(value, _PLAIN):
        _note(seen, kind, repr(value))
    elif isinstance(value, bytes):
        seen.update(f"bytes\x00{len(value)}\x00".encode())
        seen.update(value)
    elif isinstance(value, np.ndarray):
        _note(seen, kind, f"{value.dtype}{value.shape}")
        _feed(seen, value.tolist() if value.dtype.hasobject else np.ascontiguousarray(value).tobytes())
    elif isinstance(value, Mapping):
        _note(seen, "mapping", str(len(value)))
        for name in sorted(value, key=repr):
            _feed(seen, name)
            _feed(seen, value[name])
    elif isinstance(value, Set):
        _feed(seen, ["set", *sorted(fingerprint(v) for v in value)])
    elif isinstance(value, Sequence):
        _note(seen, "sequence", str(len(value)))
        for part in value:
            _feed(seen, part)
    elif isinstance(value, _FUNCTIONS) and "<" not in value.__qualname__:
        _note(seen, "callable", f"{value.__module__}.{value.__qualname__}")
    else:
        _note(seen, kind, "fields")
        _feed(seen, _fields(value))


def _note(seen: Any, kind: str, text: str) -> None:
    seen.update(f"{kind}\x00{len(text)}\x00{text}\x00".encode("utf-8", "surrogatepass"))


def _fields(value: Any) -> dict[str, Any]:
    """What an object consists of; the words shown to readers are not part of it."""
    if is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    if hasattr(value, "__dict__") and not isinstance(value, _FUNCTIONS):
        return dict(vars(value))
    raise TypeError(f"cannot make a key from {type(value).__qualname__}: {value!r}")


def _unwritable(folder: Path, fault: OSError) -> Workspace:
    reason = fault.strerror or type(fault).__name__
    return Workspace(say("train.no_room", folder=str(folder), reason=reason), say("train.no_room_fix"))
