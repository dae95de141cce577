"""F03: a crew killed with -9 at any moment goes on where it was, with the same answers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pilothouse.steps.train.crew import make_crew
from steps.train.tiny import (
    LABEL,
    Tiny,
    alive,
    ask,
    count_fits,
    equal,
    inline,
    make_data,
    make_fits,
    pids,
)

FITS = 16
KILLS = 5
TESTS = Path(__file__).parents[1]


def fits_of(folder: Path, pause_s: float = 0.1) -> Tiny:
    return Tiny(pause_s=pause_s, marks=str(folder))


def train(folder: Path, workers: int) -> None:
    """What the child process does; it is killed while it is here."""
    with make_crew(make_data(), ask, folder / "keep", workers=workers) as crew:
        crew.answers(make_fits(fits_of(folder), FITS), LABEL)


def start(folder: Path, workers: int) -> subprocess.Popen[bytes]:
    code = (
        "import sys; from pathlib import Path\n"
        "from faults.test_f03_kill_while_training import train\n"
        "if __name__ == '__main__': train(Path(sys.argv[1]), int(sys.argv[2]))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(workers)],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stderr=subprocess.DEVNULL,  # workers that were just starting complain that their parent is gone
    )


def wait_for(claim: object, timeout_s: float = 20) -> bool:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if claim():  # type: ignore[operator]
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_crew_resumes_without_repeating_and_answers_the_same(tmp_path: Path, workers: int) -> None:
    moments = random.Random(31 + workers)
    for _ in range(KILLS):
        kept, begun = len(list((tmp_path / "keep").glob("*.npz"))), count_fits(tmp_path)
        child = start(tmp_path, workers)
        assert wait_for(lambda begun=begun, child=child: count_fits(tmp_path) > begun or child.poll() == 0)
        time.sleep(moments.uniform(0, 0.4))
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert wait_for(lambda: not alive(pids(tmp_path)), 10), "a worker outlived its parent"
        assert count_fits(tmp_path) - begun <= FITS - kept, "a finished fit was repeated"
    kept, begun = len(list((tmp_path / "keep").glob("*.npz"))), count_fits(tmp_path)
    assert kept > 0
    last = start(tmp_path, workers)
    assert last.wait(60) == 0
    assert count_fits(tmp_path) - begun == FITS - kept

    fits = make_fits(fits_of(tmp_path), FITS)
    with make_crew(make_data(), ask, tmp_path / "keep", workers=1) as crew:
        resumed = crew.answers(fits, LABEL)
    assert count_fits(tmp_path) - begun == FITS - kept
    assert equal(resumed, inline(tmp_path, make_fits(Tiny(), FITS)))


def test_interrupted_child_leaves_no_process(tmp_path: Path) -> None:
    child = start(tmp_path, 2)
    assert wait_for(lambda: count_fits(tmp_path) > 2)
    child.send_signal(signal.SIGINT)
    assert child.wait(20) != 0
    assert not alive(pids(tmp_path))
    assert not list((tmp_path / "keep").glob("*.part"))
