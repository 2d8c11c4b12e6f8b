import cv2
import numpy as np
import pytest

from bonaface.core.errors import InputError
from bonaface.degrade import GaussianNoise, NonLocalMeans


def test_is_opencv_written_plainly(image, rng):
    small = image[80:176, 80:176]
    bgr = np.ascontiguousarray(np.rint(small * 255).astype(np.uint8)[..., ::-1])
    expected = cv2.fastNlMeansDenoisingColored(bgr, None, 10, 10, 7, 21)[..., ::-1]
    made = NonLocalMeans(10, 10)(small, rng).image
    np.testing.assert_array_equal(np.rint(made * 255).astype(np.uint8), expected)


def test_takes_noise_away(rng):
    grey = np.full((64, 64, 3), 0.5, np.float32)
    noisy = GaussianNoise(5)(grey, rng).image
    assert NonLocalMeans(10, 10)(noisy, rng).image.std() < 0.3 * noisy.std()


def test_takes_detail_away(image, rng):
    small = image[80:176, 80:176]
    detail = np.abs(np.diff(small, axis=1)).mean()
    assert np.abs(np.diff(NonLocalMeans(30, 30)(small, rng).image, axis=1)).mean() < 0.8 * detail


@pytest.mark.parametrize(
    "arguments", [(0, 10, 7, 21), (10, 300, 7, 21), (10, 10, 6, 21), (10, 10, 7, 20), (10, 10, 7, 21.5)]
)
def test_bad_parameters_are_named(arguments):
    with pytest.raises(InputError, match=r"NonLocalMeans\.\w+ is .*expected"):
        NonLocalMeans(*arguments)
