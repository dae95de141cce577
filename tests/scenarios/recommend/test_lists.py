"""What may stand in a list, and what changes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from pilothouse.errors import NotFound
from pilothouse.models.rankers.popularity import PopularModel as Popular
from pilothouse.models.ranking import NOTHING, Matrix
from pilothouse.scenarios.recommend.lists import NO_RULES, Lister
from pilothouse.scenarios.recommend.release import ServedLists
from pilothouse.steps.deploy.asking import Ask
from pilothouse.steps.deploy.shortlist import Rules
from pilothouse.types import Column, Kind, Table
from scenarios.recommend.conftest import Films, Learnt

MANY = 100_000


def crowd(served: Lister, people: int, seed: int = 5) -> Table:
    """Requests of people with random histories, empty ones among them."""
    random = np.random.default_rng(seed)
    plain = served.histories.requests([None] * people)
    sizes = random.integers(0, 15, people)
    items = [random.permutation(served.items.rows)[:size] for size in sizes]
    now = int(plain["now"][0].astype(np.int64))
    held = {name: np.empty(people, dtype=object) for name in ("history", "value", "time")}
    for row, taken in enumerate(items):
        held["history"][row] = taken.astype(np.int64)
        held["value"][row] = np.ones(len(taken))
        held["time"][row] = now - np.arange(len(taken), dtype=np.int64)[::-1] * 3_600_000_000
    return Table(plain.columns, {**plain.values, **held})


def already_taken(item: np.ndarray, asked: Table) -> tuple[int, int]:
    """How many places of the lists hold an item, and how many of those the person has."""
    codes = item.astype(np.int64)
    owned = np.zeros((asked.rows, int(codes.max()) + 2), dtype=bool)
    for row, history in enumerate(asked["history"]):
        owned[row, history[history <= codes.max()]] = True
    there = codes != NOTHING
    bad = owned[np.arange(asked.rows)[:, np.newaxis], np.maximum(codes, 0)] & there
    return int(there.sum()), int(bad.sum())


def with_rules(learnt: Learnt, rules: Rules = NO_RULES, name: str = "ease") -> ServedLists:
    return ServedLists.of(learnt.models[name], learnt.models["popular"], learnt.prepared, 5, rules)


def test_none_of_a_hundred_thousand_answers_is_already_taken(films: Films) -> None:
    answered = 0
    for seed in range(20):
        asked = crowd(films.served, 500, seed)
        found = films.served.lists(films.served.winner, asked, 20, films.served.allowed)
        shown, bad = already_taken(found["item"], asked)
        assert bad == 0
        answered += shown
    assert answered >= MANY


def test_rules_do_not_bring_back_what_is_already_taken(learnt: Learnt) -> None:
    boost = {f"F{code:04d}": 10.0 for code in range(0, 40, 2)}
    for rules in (Rules(boost=boost), Rules(variety=0.5), Rules(cap_column="genre", cap=2)):
        served = with_rules(learnt, rules)
        asked = crowd(served, 300)
        shown, bad = already_taken(served.lists(served.winner, asked, 5, served.allowed)["item"], asked)
        assert shown > 1_000 and bad == 0


def test_repeats_may_be_shown_where_they_are_wanted(learnt: Learnt) -> None:
    served = with_rules(learnt)
    again = replace(served, winner=replace(served.winner, repeats=True))
    asked = crowd(served, 200)
    assert already_taken(again.lists(again.winner, asked, 5, again.allowed)["item"], asked)[1] > 0


@pytest.mark.parametrize("name", ["popular", "ease", "mixture"])
def test_no_answer_is_outside_an_allow_list_or_excluded(learnt: Learnt, name: str) -> None:
    """By the rules of the release, by those of the question, and by both together."""
    random = np.random.default_rng(1)
    only, never = {f"F{code:04d}" for code in range(0, 30)}, {f"F{code:04d}" for code in range(0, 40, 3)}
    served = with_rules(learnt, Rules(only=tuple(sorted(only)), exclude=tuple(sorted(never))), name)
    answered = 0
    for person in [*served.histories.users, None]:
        asked_only = {f"F{code:04d}" for code in random.permutation(40)[:20].tolist()}
        asked_never = {f"F{code:04d}" for code in random.permutation(40)[:5].tolist()}
        plain = [one["item"] for one in served.recommend(Ask(user=person, k=10))]
        assert set(plain) <= only - never
        ask = Ask(user=person, k=10, only=tuple(asked_only), exclude=tuple(asked_never))
        mine = [one["item"] for one in served.recommend(ask)]
        assert set(mine) <= (only & asked_only) - never - asked_never
        answered += len(plain) + len(mine)
    assert answered > 1_000
    listed = [line[2] for line in served.listing(np.array(served.histories.users, dtype=object), 99).rows]
    assert listed and set(listed) <= only - never
    assert {one["item"] for one in served.similar("F0003", 40)} <= only - never


def test_allow_list_has_the_whole_catalogue_to_choose_from(learnt: Learnt) -> None:
    """Also what no list would hold by itself comes up; what is not there is no fault."""
    served = with_rules(learnt)
    person = served.histories.users[0]
    last = [one["item"] for one in served.recommend(Ask(user=person, k=40))][-2:]
    only = (*last, "no such film")
    assert [one["item"] for one in served.recommend(Ask(user=person, k=5, only=only))] == last
    assert served.recommend(Ask(user=person, only=())) == []


def test_list_that_is_not_personal_is_the_baselines_and_everybodys(films: Films) -> None:
    served = films.served
    empty = served.histories.requests([None])
    scores = np.asarray(served.baseline.scores(empty)[0])
    order = np.argsort(-scores, kind="stable")[:5]
    wanted = [(served.ids[code], pytest.approx(float(scores[code]))) for code in order.tolist()]
    for person in [*served.histories.users[:20], "stranger", None]:
        found = served.recommend(Ask(user=person, k=5, personalized=False, reasons=True))
        assert [(one["item"], one["score"]) for one in found] == wanted
        assert [one["reason"] for one in found] == [None] * 5
    personal = {tuple(i["item"] for i in served.recommend(Ask(user=u, k=5))) for u in served.histories.users}
    assert len(personal) > 20  # else there is nothing that could differ


@dataclass(frozen=True)
class Backwards(Popular):
    """What nobody else would answer: the last item first."""

    def scores(self, requests: Table) -> Matrix:
        return np.tile(np.arange(self.items, dtype=np.float32), (requests.rows, 1))


def test_list_that_is_not_personal_does_not_come_from_the_winner(films: Films) -> None:
    served = replace(films.served, baseline=Backwards(40, False))
    last = served.ids[:-4:-1]
    for person in [served.histories.users[0], None]:
        found = served.recommend(Ask(user=person, k=3, personalized=False))
        assert [one["item"] for one in found] == last
        assert [one["item"] for one in served.recommend(Ask(user=person, k=3))] != last


def test_event_since_changes_the_answer_and_is_never_shown_again(films: Films) -> None:
    served = films.served
    assert served.histories.now is not None
    moved = 0
    for person in [*served.histories.users[:40], None, "stranger"]:
        before = [one["item"] for one in served.recommend(Ask(user=person, k=10))]
        since = [(item, served.histories.now + 1 + n, None) for n, item in enumerate(before[:2])]
        after = [one["item"] for one in served.recommend(Ask(user=person, k=10, since=since))]
        assert after != before and not set(before[:2]) & set(after)
        moved += after[:8] != before[2:]  # more than taking out what was just taken
        assert [one["item"] for one in served.recommend(Ask(user=person, k=10))] == before
    assert moved >= 30


def test_event_of_an_unknown_item_is_no_fault(films: Films) -> None:
    person = films.served.histories.users[3]
    plain = films.served.recommend(Ask(user=person))
    assert films.served.recommend(Ask(user=person, since=[("no such film", 1, None)])) == plain


def test_reasons_are_sentences_in_the_language_asked_for(films: Films) -> None:
    person = films.served.histories.users[0]
    english = films.served.recommend(Ask(user=person, k=5, reasons=True))
    chinese = films.served.recommend(Ask(user=person, k=5, reasons=True, language="zh"))
    assert all(one["reason"].startswith(("Because you took", "Many people")) for one in english)
    assert all(one["reason"].startswith(("因为您选过", "很多人")) for one in chinese)
    own = films.served.histories.requests([person])["history"][0].tolist()
    cited = " ".join(one["reason"] for one in english)
    assert sum(films.served.ids[code] in cited for code in own) >= 1
    assert [one["reason"] for one in films.served.recommend(Ask(user=person))] == [None] * 10


def test_similar_items_share_a_taste_and_are_not_the_item_itself(films: Films) -> None:
    same = []
    for code in range(12):
        found = [one["item"] for one in films.served.similar(f"F{code:04d}", 5)]
        assert len(found) == 5 and f"F{code:04d}" not in found
        same += [int(name[1:]) % 4 == code % 4 for name in found]
    assert np.mean(same) > 0.6  # a quarter by chance
    with pytest.raises(NotFound):
        films.served.similar("no such film", 5)


def test_audience_suits_the_item_and_does_not_have_it(films: Films) -> None:
    served = films.served
    taste = {films.pseudonym(raw): int(raw[1:]) % 4 for raw in films.raw}
    same = []
    for code in range(8):
        found = served.audience(f"F{code:04d}", 10)
        assert [one["rank"] for one in found] == list(range(1, 11))
        assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
        for one in found:
            (own,) = served.histories.requests([one["user"]])["history"]
            assert served.codes[f"F{code:04d}"] not in own
            same.append(taste[one["user"]] == code % 4)
    assert np.mean(same) > 0.6
    with pytest.raises(NotFound):
        served.audience("no such film", 5)


def test_longer_list_than_the_catalogue_ends_where_it_ends(films: Films) -> None:
    assert len(films.served.recommend(Ask(user=None, k=99))) == 40


def test_title_is_said_where_items_have_one(learnt: Learnt) -> None:
    served = with_rules(learnt)
    assert served.names_of([0, 1]) == served.ids[:2]  # a genre names many items: it is no title
    titles = np.array([None, *[f"Title {n}" for n in range(1, 40)]], dtype=object)
    titled = replace(served, items=served.items.put(Column("title", Kind.CATEGORY), titles))
    assert titled.names_of([0, 1]) == [served.ids[0], "Title 1"]
