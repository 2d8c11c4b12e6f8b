"""Regression on chosen pixels."""

import numpy as np
import pytest

from bonaface.core.errors import InputError
from bonaface.edit.sparse import fit_sparse


def moved(count=40, height=12, width=14, seed=0):
    """Targets whose every pixel is one that lies three to the right and one below, and a little of its own."""
    inputs = np.random.default_rng(seed).random((count, height, width, 3))
    targets = 0.7 * np.roll(np.roll(inputs, -3, axis=2), -1, axis=1) + 0.2 * inputs + 0.05
    return inputs, targets


def test_finds_the_pixels_that_count():
    inputs, targets = moved()
    layer = fit_sparse(inputs, targets, count=2, window=4, penalty=1e-6)
    height, width = inputs.shape[1:3]
    y, x = np.mgrid[0 : height - 1, 0 : width - 3]
    assert (layer.places[:-1, :-3, 0, 0] == y * width + x).all()
    found = layer.places[:-1, :-3, 0, 1] == (y + 1) * width + x + 3
    assert found.mean() > 0.95
    np.testing.assert_allclose(layer.weights[4, 5, 0], [0.2, 0.7], atol=1e-3)
    np.testing.assert_allclose(layer(inputs[3].astype(np.float32))[4, 5], targets[3, 4, 5], atol=1e-4)


def test_weights_are_ridge_on_the_chosen_pixels():
    inputs, targets = moved()
    targets = np.clip(targets + 0.05 * np.random.default_rng(1).normal(size=targets.shape), 0, 1)
    layer = fit_sparse(inputs, targets, count=3, window=4, penalty=0.7)
    y, x, channel = 5, 6, 2
    columns = inputs.reshape(len(inputs), -1, 3)[:, layer.places[y, x, channel], channel]
    centred = columns - columns.mean(axis=0)
    wanted = targets[:, y, x, channel] - targets[:, y, x, channel].mean()
    expected = np.linalg.solve(centred.T @ centred + 0.7 * np.eye(3), centred.T @ wanted)
    np.testing.assert_allclose(layer.weights[y, x, channel], expected, atol=1e-9)


def test_nearness_counts():
    """With a beta that outweighs every correlation, the neighbours are taken, the nearest first."""
    inputs, targets = moved()
    layer = fit_sparse(inputs, targets, count=5, window=4, penalty=1, beta=1e9)
    y, x = np.divmod(layer.places[6, 7, 0], inputs.shape[2])
    assert sorted(zip(y - 6, x - 7, strict=True)) == [(-1, 0), (0, -1), (0, 0), (0, 1), (1, 0)]


def test_no_pixel_twice_and_none_outside():
    inputs, targets = moved(height=8, width=9)
    layer = fit_sparse(inputs, targets, count=6, window=2, penalty=1)
    for places in layer.places[:, :, 0].reshape(-1, 6):
        assert len(set(places)) == 6
    assert layer.places.min() >= 0
    assert layer.places.max() < 72


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"penalty": 0}, "above 0"),
        ({"count": 0}, "expected 1 to 9"),
        ({"count": 10}, "expected 1 to 9"),
    ],
)
def test_refuses(changes, words):
    inputs, targets = moved(count=5, height=6, width=6)
    with pytest.raises(InputError, match=words):
        fit_sparse(inputs, targets, **{"count": 2, "window": 2, "penalty": 1.0, **changes})
