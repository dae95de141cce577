import numpy as np
import pytest

from pilothouse.models.inside.alike import nearest, plane


def test_nearest_equals_the_long_way():
    drawn = np.random.default_rng(0)
    known, asked = drawn.normal(size=(700, 6)), drawn.normal(size=(600, 6))
    rows, away = nearest(known, asked, 4)
    whole = np.linalg.norm(asked[:, None] - known[None], axis=2)
    np.testing.assert_array_equal(rows, np.argsort(whole, axis=1)[:, :4])
    np.testing.assert_allclose(away, np.sort(whole, axis=1)[:, :4], atol=1e-6)


def test_nearest_of_itself_is_itself_at_no_distance():
    known = np.random.default_rng(1).normal(size=(20, 3))
    rows, away = nearest(known, known, 50)
    assert rows.shape == (20, 20)
    np.testing.assert_array_equal(rows[:, 0], np.arange(20))
    assert away[:, 0].max() < 1e-6


def test_plane_finds_the_directions_in_which_rows_differ():
    drawn = np.random.default_rng(2)
    hidden = drawn.normal(size=(300, 2)) * [5.0, 2.0]
    turned = np.linalg.qr(drawn.normal(size=(7, 7)))[0][:2]
    points, shares = plane(hidden @ turned + drawn.normal(size=(300, 7)) * 0.01)
    assert abs(np.corrcoef(points[:, 0], hidden[:, 0])[0, 1]) > 0.99
    assert shares.sum() == pytest.approx(1.0, abs=1e-3) and shares[0] > shares[1]
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=1e-9)


def test_plane_does_not_flip_with_the_order_of_rows():
    vectors = np.random.default_rng(3).normal(size=(50, 5))
    again = plane(vectors[::-1])[0][::-1]
    np.testing.assert_allclose(plane(vectors)[0], again, atol=1e-9)


@pytest.mark.parametrize("vectors", [np.zeros((4, 3)), np.ones((1, 3)), np.arange(5.0)[:, None]])
def test_plane_of_hardly_anything_is_finite(vectors):
    points, shares = plane(vectors)
    assert points.shape == (len(vectors), 2) and np.isfinite(points).all() and np.isfinite(shares).all()
