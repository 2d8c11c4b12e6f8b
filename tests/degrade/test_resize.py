import cv2
import numpy as np
import pytest
import skimage.transform

from bonaface.core.errors import InputError
from bonaface.degrade import AreaDownscale, BicubicDownscale, BilinearDownscale, ResizeTo
from bonaface.degrade.resize import METHODS, resize


def test_area_of_a_whole_factor_is_the_mean_of_blocks(image, rng):
    expected = image.reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(AreaDownscale(4)(image, rng).image, expected, atol=1e-6)


def test_area_of_any_factor_is_opencv(image, rng):
    expected = cv2.resize(image, (77, 77), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(AreaDownscale(3.3)(image, rng).image, expected, atol=1e-6)


def triangle(old, new):
    """(new, old) weights of antialiased bilinear reduction, written from its definition."""
    centres = (np.arange(new) + 0.5) * old / new - 0.5
    weights = np.maximum(0, 1 - np.abs(np.arange(old) - centres[:, None]) * new / old)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("factor", [2, 3.3, 8])
def test_antialiased_bilinear_is_a_widened_triangle(image, rng, factor):
    made = BilinearDownscale(factor)(image, rng).image
    rows = triangle(256, made.shape[0])
    expected = np.einsum("ij,jkc,lk->ilc", rows, image.astype(np.float64), rows, optimize=True)
    np.testing.assert_allclose(made, expected, atol=1e-5)


def test_plain_bilinear_is_opencv_and_aliases(image, rng):
    plain = BilinearDownscale(8, antialias=False)(image, rng).image
    np.testing.assert_array_equal(plain, cv2.resize(image, (32, 32), interpolation=cv2.INTER_LINEAR))
    stripes = np.zeros((64, 64, 3), np.float32)
    stripes[:, 3::8] = stripes[:, 4::8] = 1  # the two columns of eight that it reads; a quarter of all
    assert BilinearDownscale(8, antialias=False)(stripes, rng).image.min() == 1
    assert BilinearDownscale(8)(stripes, rng).image[:, 1:-1].mean() == pytest.approx(0.25, abs=0.03)


def test_bicubic_keeps_a_smooth_picture_and_agrees_with_its_definition(rng):
    x = np.linspace(0, 1, 240, dtype=np.float32)
    ramp = np.repeat(np.repeat(x[None, :, None], 240, 0), 3, 2)
    expected = x.reshape(60, 4).mean(1)
    np.testing.assert_allclose(BicubicDownscale(4)(ramp, rng).image[30, 4:-4, 0], expected[4:-4], atol=1e-5)


def test_bicubic_is_sharper_than_bilinear(image, rng):
    def detail(small):
        return np.abs(np.diff(small, axis=1)).mean()

    bicubic, bilinear = BicubicDownscale(4)(image, rng).image, BilinearDownscale(4)(image, rng).image
    assert detail(bicubic) > 1.05 * detail(bilinear)
    np.testing.assert_allclose(bicubic, bilinear, atol=0.25)


def test_enlarging_by_bilinear_agrees_with_opencv_and_scikit_image(image):
    made = resize(image, 400, 400, "bilinear")
    np.testing.assert_allclose(made, cv2.resize(image, (400, 400), interpolation=cv2.INTER_LINEAR), atol=2e-3)
    np.testing.assert_allclose(made, skimage.transform.resize(image, (400, 400), order=1, mode="edge"), atol=2e-3)


@pytest.mark.parametrize(("factor", "side"), [(0.8, 320), (1, 256), (3, 85), (256, 1)])
def test_sides_are_the_whole_part(image, rng, factor, side):
    assert BilinearDownscale(factor, antialias=False)(image, rng).image.shape == (side, side, 3)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_keeps_grey_grey_and_the_contract(method):
    grey = np.full((90, 60, 3), 0.3, np.float32)
    made = resize(grey, 45, 30, method)
    assert made.shape == (45, 30, 3)
    np.testing.assert_allclose(made, 0.3, atol=1e-6)


def test_overshoot_is_clipped():
    step = np.zeros((64, 64, 3), np.float32)
    step[:, 32:] = 1
    for method in ("bicubic", "lanczos"):
        made = resize(step, 24, 24, method)
        assert made.min() >= 0
        assert made.max() <= 1


def test_resizing_keeps_the_shape_of_the_face(rng):
    wide = np.zeros((90, 160, 3), np.float32)
    assert ResizeTo(45, 80, "area")(wide, rng).image.shape == (45, 80, 3)
    with pytest.raises(InputError, match=r"160x90 .* 80x80; expected the same shape"):
        ResizeTo(80, 80, "area")(wide, rng)


def test_area_does_not_enlarge(image, rng):
    with pytest.raises(InputError, match=r"256x256 pixels is to become 300x300 by area"):
        ResizeTo(300, 300, "area")(image, rng)


def test_nothing_left_is_an_error(image, rng):
    with pytest.raises(InputError, match="no pixel left"):
        AreaDownscale(257)(image, rng)


@pytest.mark.parametrize(
    "make",
    [
        lambda: AreaDownscale(0.5),
        lambda: AreaDownscale(None),
        lambda: BilinearDownscale(0),
        lambda: BilinearDownscale(2, antialias=1),
        lambda: BicubicDownscale("4"),
        lambda: ResizeTo(0, 16, "area"),
        lambda: ResizeTo(16.5, 16, "area"),
    ],
)
def test_bad_parameters_are_named(make):
    with pytest.raises(InputError, match=r"\.\w+ is .*expected"):
        make()


def test_a_mistyped_method_answers_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean bilinear or bilinear-plain"):
        ResizeTo(16, 16, "bilinar")
