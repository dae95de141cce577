import pytest

from pilothouse.models.training import Lesson, Player


def test_lesson_has_either_a_loss_or_players():
    for broken in ({}, {"loss": min, "players": [Player("a", min)]}):
        with pytest.raises(ValueError, match="loss or players"):
            Lesson([[1]], **broken)


def test_lesson_plays_the_loss_on_all_but_the_last_or_the_players_own():
    plain = Lesson([[1, 2, 3]], loss=lambda out, aim: out - aim)
    assert plain.rows == 3 and plain.play(lambda a, b: a * b, 0, (2, 3, 4)) == 2
    players = [Player("a", lambda network, batch: network(batch)), Player("b", lambda network, batch: 7)]
    assert [Lesson([[1]], players=players).play(sum, turn, (2, 3)) for turn in (0, 1)] == [5, 7]
