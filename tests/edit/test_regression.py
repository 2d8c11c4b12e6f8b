"""Masked regression against the plain loop over pixels, and what it must not do."""

import numpy as np
import pytest
from scipy.linalg import cho_factor, cho_solve

from bonaface.core.errors import InputError
from bonaface.edit.cholesky import cholesky_solve
from bonaface.edit.layer import Layer
from bonaface.edit.regression import Moments, fit_bytes, fit_layer
from plain_ridge import plain_ridge


def pairs(count=12, height=9, width=11, seed=0):
    rng = np.random.default_rng(seed)
    inputs = rng.random((count, height, width, 3))
    targets = np.clip(0.5 * inputs + 0.3 * np.roll(inputs, 1, axis=2) + 0.1 * rng.random(inputs.shape), 0, 1)
    return inputs, targets


@pytest.mark.parametrize("field", [1, 3, 5])
@pytest.mark.parametrize("penalty", [0.4, 4.0])
def test_equals_the_plain_loop(field, penalty):
    inputs, targets = pairs()
    layer = fit_layer(inputs, targets, field=field, penalty=penalty)
    weights, bias = plain_ridge(inputs, targets, field, penalty)
    np.testing.assert_allclose(layer.weights, weights, atol=1e-8)
    np.testing.assert_allclose(layer.bias, bias, atol=1e-8)


def test_equals_least_squares_of_numpy_without_penalty():
    inputs, targets = pairs(count=40)
    layer = fit_layer(inputs, targets, field=3, penalty=0)
    y, x, channel = 4, 5, 1
    seen = inputs[:, y - 1 : y + 2, x - 1 : x + 2, channel].reshape(40, 9)
    solution = np.linalg.lstsq(np.column_stack([seen, np.ones(40)]), targets[:, y, x, channel], rcond=None)[0]
    np.testing.assert_allclose(layer.weights[y, x, channel], solution[:9], atol=1e-8)
    assert layer.bias[y, x, channel] == pytest.approx(solution[9], abs=1e-8)


def test_cholesky_equals_scipy():
    rng = np.random.default_rng(2)
    factors = rng.normal(size=(5, 7, 7))
    matrices = factors @ factors.transpose(0, 2, 1) + np.eye(7)
    right = rng.normal(size=(5, 7))
    found = cholesky_solve(np.ascontiguousarray(np.moveaxis(matrices, 0, -1)), np.ascontiguousarray(right.T))
    for number in range(5):
        expected = cho_solve(cho_factor(matrices[number]), right[number])
        np.testing.assert_allclose(found[:, number], expected, atol=1e-12)
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        cholesky_solve(np.full((2, 2, 1), -1.0), np.ones((2, 1)))


def test_tiles_do_not_show(monkeypatch):
    inputs, targets = pairs()
    whole = fit_layer(inputs, targets, field=3, penalty=1)
    monkeypatch.setattr("bonaface.edit.regression.SYSTEMS", 1)
    monkeypatch.setattr("bonaface.edit.regression.ROWS", 1)
    np.testing.assert_allclose(fit_layer(inputs, targets, field=3, penalty=1).weights, whole.weights, atol=1e-12)


def test_pairs_may_come_in_parts():
    inputs, targets = pairs(count=10)
    parts = Moments((9, 11), 3)
    parts.add(inputs[:4], targets[:4])
    parts.add(inputs[4:], targets[4:])
    np.testing.assert_allclose(parts.solve(0.4).weights, fit_layer(inputs, targets, penalty=0.4).weights, atol=1e-12)


def test_bytes_are_as_good_as_floats():
    inputs, targets = (np.round(each * 255).astype(np.uint8) for each in pairs(count=40))
    layer = fit_bytes(inputs, targets, 3, 0.4)
    np.testing.assert_allclose(layer.weights, fit_layer(inputs / 255, targets / 255, penalty=0.4).weights, atol=1e-6)


def test_the_bias_is_not_penalised():
    """A constant is reproduced whatever the penalty: with a penalised bias it would shrink."""
    inputs, _ = pairs()
    layer = fit_layer(inputs, np.full_like(inputs, 0.8), penalty=1e6)
    np.testing.assert_allclose(layer(inputs[0].astype(np.float32)), 0.8, atol=1e-6)


def test_colours_stay_what_they_are():
    """The layer of a mapping that changes nothing changes nothing: no picture is rescaled by its own extremes."""
    rng = np.random.default_rng(3)
    inputs = 0.3 + 0.2 * rng.random((60, 8, 8, 3))
    layer = fit_layer(inputs, inputs, penalty=1e-6)
    np.testing.assert_allclose(layer(inputs[7].astype(np.float32)), inputs[7], atol=1e-4)


def test_applying_is_the_sum_that_it_says():
    rng = np.random.default_rng(1)
    layer = Layer(rng.normal(size=(6, 7, 3, 9)) / 30, rng.random((6, 7, 3)) / 2 + 0.2)
    image = rng.random((6, 7, 3)).astype(np.float32)
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="edge")
    expected = np.sum(padded[2:5, 3:6, 2].ravel() * layer.weights[2, 3, 2]) + layer.bias[2, 3, 2]
    assert layer(image)[2, 3, 2] == pytest.approx(np.clip(expected, 0, 1), abs=1e-6)


@pytest.mark.parametrize("field", [0, 2, -3])
def test_fields_are_odd(field):
    with pytest.raises(InputError, match="odd number"):
        Moments((8, 8), field)


def test_too_few_pairs_without_penalty():
    inputs, targets = pairs(count=9)
    with pytest.raises(InputError, match=r"9 pairs do not determine 9 weights.*penalty above 0, or at least 10"):
        fit_layer(inputs, targets, penalty=0)


def test_pixels_that_never_change_are_not_made_up():
    inputs, targets = pairs(count=20)
    inputs[:, :5], targets[:, :5] = 1.0, 0.9
    layer = fit_layer(inputs, targets, penalty=0)
    np.testing.assert_allclose(layer.weights[:4], 0, atol=1e-8)
    np.testing.assert_allclose(layer.bias[:4], 0.9, atol=1e-8)


def test_refuses_what_does_not_fit():
    inputs, targets = pairs()
    with pytest.raises(InputError, match="expected both"):
        fit_layer(inputs, targets[:5], penalty=1)
    with pytest.raises(InputError, match="0 or more"):
        fit_layer(inputs, targets, penalty=-1)
