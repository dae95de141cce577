"""F01: a process that takes events is killed; what it acknowledged is there, the rest whole or absent."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

from pilothouse.store.state import State

SEED, KILLS, POST = 20_270, 6, 40
WRITER = f"""
import sys
from pathlib import Path
from pilothouse.store.events import Event
from pilothouse.store.state import State
state = State(Path(sys.argv[1]), wait_s=20)
number = 0
while True:
    post = [Event(sys.argv[2], f"{{number}}-{{i}}", f"u{{i % 5}}", "tea", i) for i in range({POST})]
    assert state.events.put(post).accepted == {POST}
    print(number, flush=True)
    number += 1
"""


def test_f01_acknowledged_events_survive_a_kill_and_none_is_there_by_halves(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    path = tmp_path / "state.db"
    acknowledged: dict[str, int] = {}
    for kill in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), f"s{kill}"], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(chance.randrange(1, 12))]
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
        writer.wait(20)
        writer.stdout.close()
        acknowledged[f"s{kill}"] = sum(line.endswith("\n") for line in said)
        assert said[0] == "0\n"
    state = State(path)
    for source, said_posts in acknowledged.items():
        rows = state.database.rows(
            "SELECT substr(event_id, 1, instr(event_id, '-') - 1) AS post, count(*) AS n"
            " FROM events WHERE source = ? GROUP BY post",
            (source,),
        )
        assert all(row["n"] == POST for row in rows), f"seed {SEED}"
        posts = sorted(int(row["post"]) for row in rows)
        assert posts == list(range(len(posts))) and len(posts) >= said_posts, f"seed {SEED}"
    state.close()
