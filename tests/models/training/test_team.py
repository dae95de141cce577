import pytest

from pilothouse.models.training.team import Team

torch = pytest.importorskip("torch", reason="needs the extra deep")


@pytest.mark.parametrize("rows", [1, 2, 7, 32])
def test_team_shares_every_row_once_and_weighs_means_by_rows(rows):
    values = torch.randn(rows)
    shares = [Team(rank, 3).share(torch.arange(rows)) for rank in range(3)]
    counted = [own for own, weight in shares if weight]
    assert sorted(torch.cat(counted).tolist()) == list(range(rows))
    average = sum(float(values[own].mean()) * weight for own, weight in shares) / 3
    assert average == pytest.approx(float(values.mean()), abs=1e-6)


def test_team_of_one_takes_all_and_asks_nobody():
    team, module = Team(), torch.nn.Linear(1, 1)
    own, weight = team.share(torch.arange(4))
    assert own.tolist() == [0, 1, 2, 3] and weight == 1.0 and team.leads
    assert team.wrap(module, parts=False) is module and team.total([1.5, 2.0]) == [1.5, 2.0]
    with team.quietly(module, last=False):
        team.must_agree(3)


def test_team_that_resumes_from_different_epochs_is_stopped(monkeypatch):
    for mine, theirs in ((3, 3), (3, 4), (2, 4)):
        whole = [float(mine + theirs), float(mine**2 + theirs**2)]
        monkeypatch.setattr(Team, "total", lambda self, values, whole=whole: whole)
        if mine == theirs:
            Team(0, 2).must_agree(mine)
            continue
        with pytest.raises(ValueError, match="shared folder"):
            Team(0, 2).must_agree(mine)
