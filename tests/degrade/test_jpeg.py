import io

import cv2
import numpy as np
import PIL.Image
import pytest

from bonaface.core.errors import InputError
from bonaface.degrade import Integers, Jpeg, Uniform
from bonaface.degrade.jpeg import decoded, encoded


def as_bytes(image):
    return np.rint(image * 255).astype(np.uint8)


@pytest.mark.parametrize("quality", [10, 70, 95])
def test_is_opencv_written_plainly(image, rng, quality):
    _, file = cv2.imencode(".jpg", as_bytes(image)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    expected = cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1]
    assert encoded(image, quality) == file.tobytes()
    np.testing.assert_array_equal(as_bytes(Jpeg(quality)(image, rng).image), expected)


def test_agrees_with_pillow(image, rng):
    """Another build of the same standard: within two levels on average, and the quality's own tables."""
    file = io.BytesIO()
    PIL.Image.fromarray(as_bytes(image)).save(file, "JPEG", quality=70, subsampling="4:2:0")
    theirs, ours = PIL.Image.open(file), PIL.Image.open(io.BytesIO(encoded(image, 70)))
    assert ours.quantization == theirs.quantization
    assert ours.size == (256, 256)
    difference = as_bytes(Jpeg(70)(image, rng).image).astype(int) - np.asarray(theirs)
    assert np.abs(difference).mean() < 2


def test_bytes_repeat(image):
    assert encoded(image, 70) == encoded(image.copy(), 70)
    assert encoded(image, 70) != encoded(image, 71)


def test_lower_quality_is_further_away(image, rng):
    errors = [np.abs(Jpeg(quality)(image, rng).image - image).mean() for quality in (95, 70, 30, 5)]
    assert errors == sorted(errors)
    assert errors[0] < 0.02
    assert errors[-1] > 2 * errors[0]


def test_colours_stay_in_their_channels(rng):
    red = np.zeros((32, 32, 3), np.float32)
    red[..., 0] = 0.8
    np.testing.assert_allclose(Jpeg(95)(red, rng).image, red, atol=0.02)


def test_any_size_down_to_one_pixel(rng):
    for shape in [(1, 1, 3), (7, 13, 3), (16, 16, 3)]:
        assert Jpeg(Integers(60, 100))(np.full(shape, 0.5, np.float32), rng).image.shape == shape


def test_too_long_a_side_is_an_error():
    with pytest.raises(InputError, match=r"65501x1 pixels; expected at most 65500"):
        encoded(np.zeros((1, 65501, 3), np.float32), 70)


def test_bytes_of_something_else_are_an_error():
    with pytest.raises(InputError, match="not a JPEG file"):
        decoded(b"something else")


@pytest.mark.parametrize("quality", [0, 101, 70.5, Uniform(60, 100), Integers(0, 50), None])
def test_bad_quality_is_named(quality):
    with pytest.raises(InputError, match=r"Jpeg\.quality is .*expected a whole number from 1 to 100"):
        Jpeg(quality)
