import pickle
from dataclasses import replace

import numpy as np
import pytest

from models.rankers.clubs import ITEMS, NEW, ask, clubs
from pilothouse.models.rankers.attention import Attention, AttentionShape, attention_network
from pilothouse.types import Context, Shape

torch = pytest.importorskip("torch", reason="needs the extra deep")
SMALL = {"width": 16, "blocks": 1, "window": 8, "rate": 1e-2, "dropout": 0.1}


def fitted(epochs=12, users=120, **context):
    model = Attention(ITEMS, False, epochs).build(SMALL)
    return model.fit(clubs(users), Context(**context))


@pytest.fixture(scope="module")
def model():
    return fitted()


def test_attention_foretells_the_next_item(model):
    found = model.predict(ask([0, 2, 4], [11, 13, 15], [36, 0]), Context())["item"]
    assert found[:, 0].tolist() == [6, 17, 2]


def test_attention_answers_an_empty_history_by_popularity(model):
    scores = model.scores(ask([], [0]))
    counts = np.bincount(clubs().table["item"].astype(int), minlength=ITEMS)
    assert np.isfinite(scores).all() and scores.dtype == np.float32
    np.testing.assert_array_equal(np.argsort(-scores[0], kind="stable"), np.argsort(-counts, kind="stable"))
    assert scores[0, NEW[0]] == scores[0].min()


def test_attention_looks_at_the_latest_items_only(model):
    long = [1, 3, 5] * 5 + [0, 2, 4, 6, 8, 10, 12, 14]
    scores = model.scores(ask(long, long[-8:]))
    np.testing.assert_array_equal(scores[0], scores[1])


def test_attention_save_load_pickle_and_single_rows_keep_the_answers(model, tmp_path):
    asked = ask([0, 2, 4], [], [1, 3, 0, 5, 7, 9, 11, 13, 15], [7])
    whole = model.scores(asked)
    model.save(tmp_path)
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.scores(asked), whole)
        assert (again.epochs_done, again.cut_short) == (model.epochs_done, model.cut_short)
    for row in range(asked.rows):
        alone = model.scores(asked.take(np.array([row])))
        np.testing.assert_allclose(alone[0], whole[row], rtol=0, atol=1e-4)


def test_attention_depends_on_the_seed_and_not_on_threads():
    asked = ask([0, 2, 4])
    one, two, other = (fitted(2, seed=s, threads=t).scores(asked) for s, t in ((1, 1), (1, 2), (2, 1)))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 0


def test_attention_resumes_from_its_checkpoint(tmp_path):
    first, again = (fitted(3, checkpoints=tmp_path) for _ in range(2))
    np.testing.assert_array_equal(first.scores(ask([0])), again.scores(ask([0])))


def test_attention_tells_whether_it_was_cut_short():
    assert fitted(1).cut_short
    calm = Attention(ITEMS, False).build({**SMALL, "patience": 1}).fit(clubs(), Context())
    assert not calm.cut_short and 0 < calm.epochs_done < 200


def test_attention_learns_from_users_too_few_to_check_with():
    model = Attention(ITEMS, False, 2).build(SMALL).fit(clubs(1), Context())
    assert np.isfinite(model.scores(ask([0], []))).all()


def test_network_never_looks_ahead_nor_at_a_neighbour_in_the_row():
    torch.manual_seed(0)
    network = attention_network(AttentionShape(ITEMS, width=8, window=6)).eval()
    tokens = torch.tensor([[1, 2, 3, 4, 5, 6]])
    owner, place = torch.tensor([[1, 1, 1, 2, 2, 2]]), torch.tensor([[0, 1, 2, 0, 1, 2]])
    with torch.no_grad():
        before = network.hidden(tokens, owner, place)
        changed = network.hidden(tokens + torch.tensor([[9, 0, 0, 0, 9, 0]]), owner, place)
    same = (before == changed).all(dim=2)[0].tolist()
    assert same == [False, False, False, True, False, False]


def test_network_draws_others_where_the_catalogue_is_large():
    torch.manual_seed(0)
    shape = AttentionShape(6_000, width=8, dropout=0.0)
    network = attention_network(shape).train()
    inner, target = torch.randn(500, 8), torch.randint(1, 6_001, (500,))
    with torch.no_grad():
        drawn = network.losses(inner, target).mean()
        whole = torch.nn.functional.cross_entropy(inner @ network.item.weight[1:].T, target - 1)
    assert float(drawn) == pytest.approx(float(whole), abs=0.02)


def test_attention_says_what_it_needs_and_how_much():
    candidate = Attention(ITEMS, False)
    assert (candidate.extra, candidate.needs_module) == ("deep", "torch")
    shape = Shape(100_000, 0, 0, 0, users=5_000, items=12_000)
    assert candidate.feasible(shape, 10_000.0) is None
    assert candidate.feasible(shape, 5.0).key == "models.declines_time"
    huge = replace(shape, items=10_000_000)
    assert candidate.feasible(huge, 1e9).key == "models.declines_memory"


def test_attention_fits_its_epochs_into_the_budget_or_declines():
    shape = Shape(100_000, 0, 0, 0, users=5_000, items=12_000)
    candidate = Attention(ITEMS, False)
    assert candidate.within(shape, 10_000.0) is candidate
    cut = candidate.within(shape, 80.0)
    assert cut.epochs is not None and 4 <= cut.epochs < 32 and cut.feasible(shape, 80.0) is None
    assert candidate.within(shape, 5.0).feasible(shape, 5.0) is not None
