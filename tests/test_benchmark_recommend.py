"""The recommend benchmark's splits: what is learnt, what is asked, and that they never overlap."""

from __future__ import annotations

import json

import numpy as np
import pytest
from benchmarks.recommend.__main__ import judge
from benchmarks.recommend.contestant import ask_ours, data_of
from benchmarks.recommend.logs import Log
from benchmarks.recommend.peers import PEERS, read
from benchmarks.recommend.protocols import (
    Task,
    global_time,
    in_order,
    item_stratified,
    leave_last_out,
    per_user,
    write,
)

from pilothouse.models.ranking import Interactions


@pytest.fixture
def log() -> Log:
    random = np.random.default_rng(0)
    pairs = np.unique(random.integers(0, 40 * 60, 900))
    random.shuffle(pairs)
    time = random.integers(0, 500, len(pairs)) * 1_000_000
    facts = {"year": ("number", [float(n) for n in range(60)]), "title": ("text", ["a film"] * 60)}
    value = random.integers(1, 6, len(pairs)).astype(float)
    return Log("made", pairs // 60, pairs % 60, 40, 60, time, value, item_facts=facts)


@pytest.mark.parametrize("cut", [item_stratified, leave_last_out, per_user, global_time])
def test_truth_is_what_was_taken_and_not_learnt(log, cut):
    task: Task = cut(log)
    learnt = set(zip(log.user[task.learn], log.item[task.learn], strict=True))
    every = set(zip(log.user, log.item, strict=True))
    for user, rows, truth in zip(task.asked, task.history, task.truth, strict=True):
        relevant = {(user, int(code)) for code in truth.split()}
        assert relevant and relevant <= every and not relevant & learnt
        assert {(user, item) for item in log.item[rows]} == {pair for pair in learnt if pair[0] == user}
        assert task.log.time is None or (np.diff(log.time[rows]) >= 0).all()


def test_three_quarters_of_each_item_are_learnt(log):
    task = item_stratified(log)
    counts = np.bincount(log.item, minlength=60)
    assert np.bincount(log.item[task.learn], minlength=60).tolist() == np.round(0.75 * counts).tolist()


def test_the_last_of_each_user_is_asked(log):
    task = leave_last_out(log)
    for user, truth, now in zip(task.asked, task.truth, task.now, strict=True):
        own = np.flatnonzero(log.user == user)
        assert log.time[own].max() == now
        assert int(truth) in log.item[own][log.time[own] == now]
    assert len(task.learn) == len(log.user) - 40


def test_a_global_cut_learns_nothing_of_later(log):
    task = global_time(log)
    later = np.setdiff1d(np.arange(len(log.user)), task.learn)
    assert log.time[task.learn].max() <= log.time[later].min()
    assert len(task.learn) == round(0.8 * len(log.user))
    assert (task.now == log.time[task.learn].max()).all()


def test_order_is_by_user_and_time(log):
    order = in_order(log)
    assert (np.diff(log.user[order]) >= 0).all()
    same = np.diff(log.user[order]) == 0
    assert (np.diff(log.time[order])[same] >= 0).all()


def test_the_folder_for_contestants_holds_no_truth(log, tmp_path):
    task = leave_last_out(log)
    write(task, tmp_path)
    given = read(tmp_path)
    assert not any("truth" in name for name in given)
    taken = set(zip(given["user"].tolist(), given["item"].tolist(), strict=True))
    for user, truth in zip(task.asked.tolist(), task.truth, strict=True):
        assert (user, int(truth)) not in taken
    data, asked = data_of(given, json.loads((tmp_path / "facts.json").read_text()))
    assert Interactions.of(data).matrix().shape == (40, 60)
    assert asked["history"][3].tolist() == log.item[task.history[3]].tolist()
    assert asked["time"][3].tolist() == log.time[task.history[3]].tolist()
    assert data.tables["items"].names == ("item_id", "year", "title")


@pytest.mark.parametrize("name", ["popular", "EASE", "item kNN", "transitions kNN"])
def test_written_out_peers_list_what_the_history_lacks(log, tmp_path, name):
    task = global_time(log)
    write(task, tmp_path)
    lists = PEERS[name](read(tmp_path), 10)()
    scores = judge(task, lists)
    assert set(scores) == {"all", "warm users only"}
    assert 0 < scores["all"]["recall"] <= 1


def test_a_list_that_repeats_the_history_is_refused(log):
    task = leave_last_out(log)
    lists = np.tile(np.arange(10.0), (40, 1))
    lists[5, 0] = log.item[task.history[5][0]]
    with pytest.raises(ValueError, match="is shown what it has"):
        judge(task, lists)


def test_our_candidates_are_asked_through_their_contract(log, tmp_path):
    task = leave_last_out(log)
    write(task, tmp_path)
    lists, fit_s, ask_s = ask_ours("transitions", read(tmp_path), tmp_path)
    assert lists.shape == (40, 10) and fit_s >= 0 and ask_s >= 0
    judge(task, lists)
