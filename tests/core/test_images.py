import re

import numpy as np
import pytest

from bonaface.core.errors import BonafaceError, ImageError
from bonaface.core.images import LUMA, Picture, check_image, luminance, to_bytes, to_image


@pytest.mark.parametrize(("kind", "top"), [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1), (np.float64, 1)])
def test_the_type_alone_says_the_range(kind, top):
    levels = np.linspace(0, top, 64 * 64).astype(kind).reshape(64, 64)
    image = to_image(np.stack([levels] * 3, axis=2))
    assert image.dtype == np.float32
    assert image.shape == (64, 64, 3)
    np.testing.assert_allclose(image[..., 0], levels / np.float64(top), atol=1e-7)  # a few float32 roundings


def test_a_dark_16_bit_picture_stays_dark():
    # A helper that guesses the depth from the largest pixel would take this for 8 bits.
    assert to_image(np.full((32, 32, 3), 200, np.uint16)).max() == pytest.approx(200 / 65535)


def test_grey_becomes_three_equal_channels():
    grey = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
    image = to_image(grey)
    assert image.shape == (64, 64, 3)
    assert np.array_equal(image[..., 0], image[..., 2])


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((64, 64, 4), np.uint8), "shape (64, 64, 4)"),
        (np.zeros((64, 64, 1), np.uint8), "shape (64, 64, 1)"),
        (np.zeros((3, 64, 64), np.uint8), "shape (3, 64, 64)"),
        (np.zeros(64, np.uint8), "shape (64,)"),
        (np.zeros((2, 64, 64, 3), np.uint8), "shape (2, 64, 64, 3)"),
        (np.zeros((64, 64, 3), np.int64), "int64"),
        (np.zeros((64, 64, 3), bool), "bool"),
        (np.zeros((64, 64, 3), complex), "complex128"),
        (np.full((64, 64, 3), np.nan), "NaN"),
        (np.full((64, 64, 3), np.inf), "infinite"),
        (np.full((64, 64, 3), 1.5), "from 1.5 to 1.5"),
        (np.full((64, 64, 3), -0.01), "from -0.01"),
        (np.full((64, 64, 3), 200.0), "Divide 8-bit values by 255"),
        (np.zeros((31, 64, 3), np.uint8), "64x31 pixels; at least 32"),
        (np.zeros((0, 0, 3), np.uint8), "0x0 pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_everything_else_is_refused_by_name(array, said):
    with pytest.raises(ImageError, match=re.escape(said)) as caught:
        to_image(array, "output")
    assert str(caught.value).startswith("output ")
    assert isinstance(caught.value, BonafaceError)
    assert isinstance(caught.value, ValueError)


def test_one_nan_among_many_numbers_is_found():
    image = np.full((64, 64, 3), 0.5, np.float32)
    image[40, 50, 1] = np.nan
    with pytest.raises(ImageError, match="NaN"):
        check_image(image)


def test_check_image_wants_float32():
    with pytest.raises(ImageError, match="expected float32"):
        check_image(np.full((64, 64, 3), 0.5))


def test_every_8_bit_level_survives_the_round_trip():
    levels = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 32, 3))
    assert np.array_equal(to_bytes(to_image(levels)), levels)


def test_to_bytes_rounds_to_the_nearest_level():
    image = np.full((32, 32, 3), 0.5 / 255, np.float32) + np.float32(1e-5)
    assert to_bytes(image).max() == 1
    assert to_bytes(image - np.float32(2e-5)).max() == 0


def test_luminance_is_bt601(real_pair):
    expected = real_pair[0].astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(luminance(real_pair[0]), expected, atol=1e-6)  # float32
    assert float(LUMA.sum()) == pytest.approx(1)


def test_a_picture_gives_its_image():
    assert Picture(np.full((32, 32, 3), 255, np.uint8), "", "x").image().min() == 1
