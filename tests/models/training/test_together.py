import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra deep")

from models.training.lessons import Duel, judged, loss, made, network, right, rows  # noqa: E402
from pilothouse.models.training import Lesson, Player, TrainingPlan, train_together  # noqa: E402
from pilothouse.types import Context  # noqa: E402

# 131 rows in batches of 13: the last batch has one row, which two processes cannot share.
PLAN = TrainingPlan(epochs=4, batch=13, rate=1e-2, patience=None)
LESSON = Lesson(rows(131, 1), rows(51, 2), loss, metric=right)


def same(one, two, atol=1e-5):
    (first, done), (second, also) = one, two
    assert set(first) == set(second)
    for name in ("history", "learning", "metrics"):
        np.testing.assert_allclose(getattr(also, name), getattr(done, name), rtol=0, atol=atol)
    for name in first:
        np.testing.assert_allclose(second[name], first[name], rtol=0, atol=10 * atol)


def test_two_processes_equal_one_and_resume_what_one_began(tmp_path):
    plan, told = replace(PLAN, accumulate=2), []
    alone = train_together(network, LESSON, PLAN, Context(seed=4), processes=1)
    context = Context(seed=4, progress=told.append, checkpoints=tmp_path)
    together = train_together(network, LESSON, plan, context)
    same(alone, together)
    assert told[-1] == 1.0 and told == sorted(told) and (tmp_path / "epoch.json").is_file()
    assert train_together(network, LESSON, plan, context, processes=1)[1].resumed_at == 4


def test_two_processes_with_players_equal_one():
    lesson = Lesson((torch.full((40, 1), 3.0),), players=(Player("judge", judged), Player("maker", made)))
    one, two = (train_together(Duel, lesson, PLAN, Context(), processes=n) for n in (1, 2))
    same(one, two)


def test_an_error_in_a_process_comes_back():
    with pytest.raises(torch.multiprocessing.ProcessRaisedException, match="ZeroDivisionError"):
        train_together(broken, LESSON, PLAN, Context())


def broken():
    raise ZeroDivisionError


SCRIPT = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from models.training.test_together import LESSON, PLAN, Context, network, train_together
from pilothouse.guards.modelfile import save_file
weights, done = train_together(network, LESSON, PLAN, Context(seed=4))
save_file(Path(sys.argv[2]) / f"{os.environ['RANK']}.json", {"history": done.history}, "json")
"""


def test_torchruns_environment_is_enough(tmp_path):
    tests, script = str(Path(__file__).parents[2]), tmp_path / "script.py"
    script.write_text(SCRIPT)
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*run, str(script), tests, str(tmp_path)], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    _, alone = train_together(network, LESSON, PLAN, Context(seed=4), processes=1)
    for rank in (0, 1):
        kept = __import__("json").loads((tmp_path / f"{rank}.json").read_text())
        np.testing.assert_allclose(kept["history"], alone.history, rtol=0, atol=1e-5)
