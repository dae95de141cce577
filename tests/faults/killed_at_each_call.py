"""Ship and roll back in children that are killed before their n-th call to the system; report what is left.

Run as a program, alone in its process, because it forks: ``python killed_at_each_call.py FOLDER``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pilothouse.errors import PilothouseError
from pilothouse.steps.deploy.release import rollback, ship, usable
from pilothouse.store.state import State
from small_shop import Leavers, add_run, shipped

# Everything that changes the disk or the state file, by the name of the built-in.
CALLS = {
    "open",
    "write",
    "fsync",
    "rename",
    "replace",
    "mkdir",
    "unlink",
    "rmdir",
    "execute",
    "flush",
    "close",
    "chmod",
}


def killed(act: Callable[[State], object], product: Path, at: int) -> bool:
    """Do ``act`` in a child killed before call ``at``; return whether it was killed."""
    child = os.fork()
    if child == 0:
        count = 0

        def watch(frame: Any, event: str, argument: Any) -> None:
            nonlocal count
            if event == "c_call" and argument.__name__ in CALLS:
                count += 1
                if count == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        state = State(product / ".pilothouse" / "state.db")
        sys.setprofile(watch)
        act(state)
        sys.setprofile(None)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def what_is_left(product: Path) -> dict[str, Any]:
    """Open the product as the next process would, then ship once more."""
    state = State(product / ".pilothouse" / "state.db")
    ready = usable(state, product, "churn")
    bias = Leavers.load(ready.folder)._weights["bias"]
    found = {
        "number": ready.release.number,
        "wanted": ready.wanted,
        "run": ready.release.run_id,
        "bias": bias,
    }
    try:
        found["next"] = ship(state, product, "churn", "run-3").number
    except PilothouseError as fault:
        found["next"] = str(fault)
    found["releases"] = [r.number for r in state.releases()]
    state.close()
    return found


def sweep(
    folder: Path, start: Path, act: Callable[[Path], Callable[[State], object]]
) -> list[dict[str, Any]]:
    left, at = [], 0
    while True:
        at += 1
        product = folder / "product"
        shutil.copytree(start, product)
        ended = not killed(act(product), product, at)
        left.append({"at": at, "ended": ended, **what_is_left(product)})
        shutil.rmtree(product)
        if ended:
            return left


def main(folder: Path) -> None:
    one = shipped(folder / "one", 1.0)
    add_run(one, "run-2", bias=2.0)
    add_run(one, "run-3", bias=3.0)
    two = folder / "two"
    shutil.copytree(one, two)
    state = State(two / ".pilothouse" / "state.db")
    ship(state, two, "churn", "run-2")
    state.close()
    sys.stdout.write(
        json.dumps(
            {
                "ship": sweep(folder, one, lambda p: lambda s: ship(s, p, "churn", "run-2")),
                "rollback": sweep(folder, two, lambda p: lambda s: rollback(s, p, "churn")),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
