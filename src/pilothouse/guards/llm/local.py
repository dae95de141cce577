"""A model on this machine: weights in a GGUF file that the user names, run by llama.cpp in process.

Nothing leaves the machine. Processes of one product take turns, for each attempt uses all
cores but one. llama.cpp's own HTTP listener cannot be left out; it stands on loopback behind
a key that nobody knows. An attempt is bounded by its tokens, not by a clock: it cannot be
interrupted.

References
----------
llama.cpp, tools/server/README.md; xllamacpp (MIT).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pilothouse.errors import Refused, Workspace
from pilothouse.guards.llm.heard import Heard, read_completion
from pilothouse.lazy import require
from pilothouse.messages import say

_CONTEXT = 8_192
_MAGIC = b"GGUF"
_loading = threading.Lock()
_loaded: dict[Path, Any] = {}


class Local:
    """Asks the weights in ``gguf``.

    Parameters
    ----------
    gguf
        The file; loaded at the first question, once a process.
    turns
        A file that processes lock while they ask.
    """

    at_once = 1

    def __init__(self, gguf: Path, turns: Path) -> None:
        self._gguf = gguf
        self._turns = turns

    def check(self) -> None:
        """Raise ``Refused`` when there is no such file, or it is no GGUF."""
        _check(self._gguf)

    def chat(self, request: Mapping[str, Any], timeout_s: float) -> Heard:
        """Make one attempt.

        Raises
        ------
        Refused
            When there is no such file, or it is no GGUF.
        """
        with _turn(self._turns):
            # A short wait for work beats a core that spins: its server sleeps between questions.
            reply = _server(self._gguf).handle_chat_completions(dict(request))
        if isinstance(reply, dict) and "error" in reply:
            return Heard(fault="rejected", unpaid=True)
        return read_completion(reply)


def _server(gguf: Path) -> Any:
    """Load the weights, or return what is loaded."""
    with _loading:
        if gguf not in _loaded:
            _check(gguf)
            llama = require("xllamacpp", extra="llm")
            parameters = llama.CommonParams()
            parameters.model.path = str(gguf)
            parameters.n_ctx = _CONTEXT
            parameters.n_parallel = 1
            parameters.verbosity = 0
            parameters.ui = parameters.endpoint_slots = parameters.endpoint_props = False
            parameters.api_keys = [secrets.token_urlsafe(32)]
            for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
                cpu.n_threads = max(1, (os.cpu_count() or 2) - 1)
                cpu.poll = 0
            try:
                _loaded[gguf] = llama.Server(parameters)
            except RuntimeError as fault:
                raise Refused(say("llm.bad_gguf", file=gguf.name), say("llm.mend_gguf")) from fault
        return _loaded[gguf]


def _check(gguf: Path) -> None:
    try:
        with gguf.open("rb") as file:
            is_gguf = file.read(4) == _MAGIC
    except OSError as fault:
        raise Refused(say("llm.no_gguf", file=gguf.name), say("llm.mend_gguf")) from fault
    if not is_gguf:
        raise Refused(say("llm.bad_gguf", file=gguf.name), say("llm.mend_gguf"))


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    try:
        file = path.open("a")
    except OSError as fault:
        raise Workspace(say("store.full"), say("store.make_room")) from fault
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file closes, also by a kill
        yield
