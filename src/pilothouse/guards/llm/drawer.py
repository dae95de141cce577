"""Replies that were paid for, kept by the content of what was asked; and the list of calls.

``replies.jsonl`` and ``calls.jsonl`` in one folder, one JSON object a line, appended whole.
A line that a kill cut short counts as absent. Both hold marks in the place of personal
values, and the list of calls holds no text at all.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pilothouse.errors import Workspace
from pilothouse.messages import say

REPLIES, CALLS = "replies.jsonl", "calls.jsonl"
_GLANCE_S = 0.02
_FAR = 1 << 40
"""Where in the file turns are locked: behind all that it will ever hold."""


class Drawer:
    """What was said in one run.

    Parameters
    ----------
    folder
        Made at the first call.
    keeps
        Whether replies are kept; else only calls are listed.
    """

    def __init__(self, folder: Path, *, keeps: bool = True) -> None:
        self._folder = folder
        self._keeps = keeps
        self._lock = threading.Lock()
        self._found: dict[str, dict[str, Any]] = {}
        self._read = 0
        self._handle: int | None = None

    def find(self, key: str) -> dict[str, Any] | None:
        """Return what was kept under ``key``, also by another process, or None."""
        with self._lock:
            if self._keeps and key not in self._found:
                self._look()
            return self._found.get(key)

    @contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """Wait while another process asks for the same; a process that is killed gives its turn back.

        Raises
        ------
        Workspace
            When the folder cannot be written.
        """
        if not self._keeps:
            yield
            return
        handle, place = self._opened(), _FAR + int(key[:8], 16)
        while not _locked(handle, place):
            time.sleep(_GLANCE_S)
        try:
            yield
        finally:
            fcntl.lockf(handle, fcntl.LOCK_UN, 1, place)

    def keep(self, key: str, reply: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a reply, unless one was kept before; return the one that stands.

        Raises
        ------
        Workspace
            When the folder cannot be written.
        """
        if not self._keeps:
            return dict(reply)
        handle = self._opened()
        with self._lock:
            while not _locked(handle, _FAR - 1):
                time.sleep(_GLANCE_S)
            try:
                self._look()
                if key not in self._found:
                    _append(handle, {"key": key, **reply})
                    self._look()
            finally:
                fcntl.lockf(handle, fcntl.LOCK_UN, 1, _FAR - 1)
            return self._found[key]

    def note(self, call: Mapping[str, Any]) -> None:
        """Add one line to the list of calls; Workspace when the folder cannot be written."""
        handle = _open(self._folder / CALLS)
        try:
            _append(handle, {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **call})
        finally:
            os.close(handle)

    def _opened(self) -> int:
        """The file of replies, open as long as this drawer: closing it would give back every turn."""
        with self._lock:
            if self._handle is None:
                self._handle = _open(self._folder / REPLIES)
                weakref.finalize(self, os.close, self._handle)
            return self._handle

    def _look(self) -> None:
        try:
            if self._handle is not None:
                size = os.fstat(self._handle).st_size
                new = os.pread(self._handle, size - self._read, self._read)
            else:
                with (self._folder / REPLIES).open("rb") as file:
                    file.seek(self._read)
                    new = file.read()
        except OSError:
            return
        whole = new.rfind(b"\n") + 1
        self._read += whole
        for line in new[:whole].split(b"\n"):
            try:
                kept = json.loads(line)
                self._found.setdefault(str(kept["key"]), kept)  # the first one stands
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # cut short


def _locked(handle: int, place: int) -> bool:
    """Try to lock one byte. Waiting inside the call would fail at times: the system tells no threads
    apart, so it sees circles of waiting processes where there are none."""
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
    except BlockingIOError:
        return False
    except OSError as fault:
        raise Workspace(say("store.full"), say("store.make_room")) from fault
    return True


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as fault:
        raise Workspace(say("store.full"), say("store.make_room")) from fault


def _append(handle: int, line: Mapping[str, Any]) -> None:
    # A line end on both sides: what a kill left unfinished does not swallow this line.
    text = f"\n{json.dumps(line, ensure_ascii=False)}\n".encode("utf-8", "backslashreplace")
    try:
        if os.write(handle, text) != len(text):
            raise OSError("no room")
    except OSError as fault:
        raise Workspace(say("store.full"), say("store.make_room")) from fault
