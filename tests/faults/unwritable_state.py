"""Use a product's state where writing fails: as another user, or with no room left. Forks; run alone."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from pilothouse.errors import PilothouseError
from pilothouse.messages import say
from pilothouse.store.state import Run, State


def tried(act: Any) -> dict[str, Any]:
    try:
        return {"value": act()}
    except PilothouseError as fault:
        return {"code": fault.code, "problem": fault.problem.key, "text": str(fault), "zh": fault.text("zh")}


def as_nobody(path: Path) -> dict[str, Any]:
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    state = State(path, wait_s=1)
    return {
        "serving": tried(lambda: len(state.runs())),
        "write": tried(lambda: state.look("d", "t", "other plan")),
        "again": tried(lambda: len(state.runs())),
    }


def without_room(path: Path) -> dict[str, Any]:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    state = State(path, wait_s=1)
    before = len(state.runs())
    log = path.with_name(path.name + "-wal")
    room = (log.stat().st_size if log.exists() else 0) + int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    kept, fault = 0, None
    for number in range(500):
        run = Run("churn", f"more-{number:03}", "2025", "done", "x" * 500)
        fault = tried(lambda run=run: state.record_run(run))
        if "code" in fault:
            break
        kept += 1
    during = tried(lambda: len(state.runs()))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    after = tried(lambda: state.record_run(Run("churn", "last", "2025", "done")))
    return {"before": before, "kept": kept, "fault": fault, "during": during, "after": after}


if __name__ == "__main__":
    say("store.full").text("en")
    act = {"as_nobody": as_nobody, "without_room": without_room}[sys.argv[1]]
    sys.stdout.write(json.dumps(act(Path(sys.argv[2]))))
