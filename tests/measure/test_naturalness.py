import json
from pathlib import Path

import numpy as np
import pytest
import scipy.ndimage
import scipy.special

from bonaface.core.errors import InputError
from bonaface.core.images import luminance
from bonaface.io.weights import find_weights
from bonaface.measure.naturalness import (
    BLOCK,
    FACE_BLOCK,
    FACES,
    as_dict,
    block_features,
    fit,
    niqe,
    own_niqe,
    read_model,
)
from bonaface.measure.record import NotApplicable

RECORDED = json.loads((Path(__file__).parent / "niqe.json").read_text(encoding="utf-8"))
STEP = 1.1e-3
"""Shapes are looked up in a table in steps of 0.001: two implementations may take neighbouring ones."""


@pytest.fixture(scope="module")
def model():
    return read_model(find_weights(FACES))


@pytest.fixture(scope="module")
def image(astronaut):
    return astronaut.astype(np.float32) / np.float32(255)


def plain_aggd(values):
    """Lasmar's estimate, as in the paper, with a loop over the table."""
    left, right = (np.sqrt((part**2).mean()) for part in (values[values < 0], values[values > 0]))
    g = left / right
    ratio = np.abs(values).mean() ** 2 / (values**2).mean() * (g**3 + 1) * (g + 1) / (g**2 + 1) ** 2
    shapes = np.arange(0.2, 10.001, 0.001)
    gamma = scipy.special.gamma
    table = gamma(2 / shapes) ** 2 / (gamma(1 / shapes) * gamma(3 / shapes))
    a = shapes[np.argmin((table - ratio) ** 2)]
    scale = np.sqrt(gamma(1 / a) / gamma(3 / a))
    return a, left * scale, right * scale


def plain_features(normal):
    a, left, right = plain_aggd(normal)
    out = [a, (left + right) / 2]
    for shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a, left, right = plain_aggd(normal * np.roll(normal, shift, axis=(0, 1)))
        out += [a, (right - left) * scipy.special.gamma(2 / a) / scipy.special.gamma(1 / a), left, right]
    return out


def test_features_written_plainly(image):
    image = np.ascontiguousarray(image[:192, :192])
    plane = np.rint(255 * luminance(image).astype(np.float64))
    kernel = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
    kernel = np.outer(kernel, kernel) / kernel.sum() ** 2
    mean = scipy.ndimage.correlate(plane, kernel, mode="nearest")
    deviation = np.sqrt(np.abs(scipy.ndimage.correlate(plane**2, kernel, mode="nearest") - mean**2))
    normal = (plane - mean) / (deviation + 1)
    normal[np.abs(normal) < 1e-9] = 0
    rows, sharpness = block_features(image, 96)
    expected = [plain_features(normal[y : y + 96, x : x + 96]) for y in (0, 96) for x in (0, 96)]
    np.testing.assert_allclose(rows[:, :18], expected, atol=1e-8)
    assert sharpness[0] == pytest.approx(deviation[:96, :96].mean())


def test_features_agree_with_pyiqa(image):
    rows, _ = block_features(image, BLOCK)
    recorded = np.array(RECORDED["features"])
    np.testing.assert_allclose(rows[: len(recorded)], recorded, atol=STEP)


@pytest.mark.parametrize("name", RECORDED["values"])
def test_values_agree_with_pyiqa(image, model, name):
    """Mahalanobis distances by the face edition's statistics, which both were given."""
    pixels = {
        "as it is": image,
        "noise": np.clip(image + np.random.default_rng(0).normal(0, 0.05, image.shape), 0, 1).astype(np.float32),
        "blocks": np.repeat(np.repeat(image[::4, ::4], 4, 0), 4, 1),
    }[name]
    # On even ground pyiqa counts the sign of rounding errors; we count nothing there. "blocks" has much of it.
    assert niqe(pixels, model) == pytest.approx(RECORDED["values"][name], rel=1e-2 if name == "blocks" else 2e-3)


def test_damage_is_less_natural(image, model):
    noise = np.random.default_rng(0).normal(0, 0.1, image.shape)
    assert niqe(np.clip(image + noise, 0, 1).astype(np.float32), model) > niqe(image, model) + 1


@pytest.mark.parametrize("size", [(40, 40), (70, 70)])
def test_too_small(image, model, size):
    with pytest.raises(NotApplicable, match="at least 2 are needed"):
        niqe(image[: size[0], : size[1]], model)


def test_a_flat_picture_has_no_naturalness(model):
    with pytest.raises(NotApplicable, match="0 blocks of 64 px have texture"):
        niqe(np.full((256, 256, 3), 0.5, np.float32), model)


def test_flat_blocks_are_left_out(image, model):
    half = image.copy()
    half[:, :300] = 0.25  # four of eight columns of blocks, and some more
    assert len(block_features(half, FACE_BLOCK)[0]) == 32
    assert np.isfinite(niqe(half, model))


def test_fitting_and_reading_back(image, tmp_path):
    corners = [(y, x) for y in range(0, 512, 64) for x in range(0, 512, 64)]
    pictures = [np.ascontiguousarray(image[y : y + 64, x : x + 64]) for y, x in corners]
    fitted, blocks = fit(pictures, 16)
    assert 200 <= blocks < 64 * 16  # only sharp ones count
    path = tmp_path / "own.json"
    path.write_text(json.dumps(as_dict(fitted, len(pictures), blocks, "tiles")))
    again = read_model(path)
    np.testing.assert_allclose(again.covariance, fitted.covariance, rtol=1e-8)
    own = own_niqe(path)
    assert own.id == "niqe-own"
    assert own.load({})(image) == pytest.approx(niqe(image, fitted), rel=1e-6)


def test_too_few_blocks_to_fit(image):
    with pytest.raises(InputError, match="at least 200 are needed"):
        fit([image], 96)


@pytest.mark.parametrize("text", ["", "{}", '{"mean": [1], "covariance": [[1]], "block": 96}', "[1]"])
def test_files_that_are_no_statistics(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"odd\.json"):
        read_model(path)


def test_the_published_form_is_read(tmp_path, model, image):
    path = tmp_path / "published.npz"
    np.savez(path, mu_pris_param=model.mean[None], cov_pris_param=model.covariance)
    assert read_model(path).block == BLOCK
    np.testing.assert_array_equal(read_model(path).mean, model.mean)
