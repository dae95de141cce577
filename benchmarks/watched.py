"""Runs a piece of work in a child process and says what it took: wall, CPU, peak memory of the whole tree.

Memory is the sum of proportional set sizes (shared pages counted once) of the child and
everything it started, sampled four times a second; on systems without ``/proc`` it is the
largest process alone.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INTERVAL_S = 0.25


@dataclass(frozen=True)
class Watched:
    """What a child printed as JSON on its last line, and what it took."""

    said: dict[str, Any]
    wall_s: float
    cpu_s: float
    peak_mb: float


def watch(module: str, arguments: dict[str, Any]) -> Watched:
    """Run ``python -m module JSON`` in a process of its own; RuntimeError with its last words if it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-W", "error::RuntimeWarning", "-m", module, json.dumps(arguments)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak = [0.0]
    watcher = threading.Thread(target=_follow, args=(child, peak), daemon=True)
    watcher.start()
    out, errors = child.communicate()
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode != 0:
        raise RuntimeError(f"{module} ended with {child.returncode}:\n{errors[-3000:]}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Watched(
        json.loads(out.strip().splitlines()[-1]),
        time.monotonic() - started,
        cpu_s,
        peak[0] or after.ru_maxrss / 1024,
    )


def _follow(child: subprocess.Popen[str], peak: list[float]) -> None:
    while child.poll() is None:
        peak[0] = max(peak[0], sum(_pss_mb(pid) for pid in _tree(child.pid)))
        time.sleep(INTERVAL_S)


def _tree(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError, ValueError):
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _pss_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except (OSError, ValueError):
        pass
    return 0.0


def threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
