import cv2
import numpy as np
import pytest
import scipy.ndimage

from bonaface.core.errors import InputError
from bonaface.degrade import AnisotropicBlur, Choice, GaussianBlur, Integers, MotionBlur, Uniform
from bonaface.degrade.blur import gaussian_kernel, motion_kernel


def moments(kernel):
    """Covariance of x and y (upwards) under the kernel as a density."""
    reach = np.arange(kernel.shape[0]) - kernel.shape[0] // 2
    x, y = np.meshgrid(reach, -reach)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert (kernel * x).sum() == pytest.approx(0, abs=1e-5)
    assert (kernel * y).sum() == pytest.approx(0, abs=1e-5)
    return (kernel * x * x).sum(), (kernel * y * y).sum(), (kernel * x * y).sum()


@pytest.mark.parametrize("kernel", [3, 5, 7, 9, 15, 41])
def test_kernel_form_is_opencv_with_its_own_sigma(image, rng, kernel):
    line = cv2.getGaussianKernel(kernel, 0)
    expected = cv2.sepFilter2D(image, -1, line, line)
    np.testing.assert_allclose(GaussianBlur(kernel=kernel)(image, rng).image, expected, atol=2e-6)


def test_kernel_of_five_is_the_binomial_one(image, rng):
    line = np.array([1, 4, 6, 4, 1]) / 16
    expected = scipy.ndimage.correlate1d(
        scipy.ndimage.correlate1d(image, line, 0, mode="mirror"), line, 1, mode="mirror"
    )
    np.testing.assert_allclose(GaussianBlur(kernel=5)(image, rng).image, expected, atol=2e-6)


@pytest.mark.parametrize("sigma", [0.5, 2, 5.5])
def test_sigma_form_agrees_with_scipy(image, rng, sigma):
    expected = scipy.ndimage.gaussian_filter(image, (sigma, sigma, 0), mode="mirror", truncate=4)
    np.testing.assert_allclose(GaussianBlur(sigma=sigma)(image, rng).image, expected, atol=1e-3)


def test_kernel_and_sigma_together_cut_the_gaussian(image, rng):
    line = cv2.getGaussianKernel(9, 10)
    np.testing.assert_allclose(
        GaussianBlur(kernel=9, sigma=10)(image, rng).image, cv2.sepFilter2D(image, -1, line, line), atol=2e-6
    )


def test_equal_sigmas_are_the_isotropic_blur_at_every_angle(image, rng):
    expected = GaussianBlur(kernel=21, sigma=2.5)(image, rng).image
    np.testing.assert_allclose(AnisotropicBlur(2.5, 2.5, 33, kernel=21)(image, rng).image, expected, atol=1e-5)


def test_anisotropic_blur_along_the_axes_agrees_with_scipy(image, rng):
    expected = scipy.ndimage.gaussian_filter(image, (1, 3, 0), mode="mirror", truncate=4)
    np.testing.assert_allclose(AnisotropicBlur(3, 1, 0)(image, rng).image, expected, atol=1e-3)


def test_anisotropic_kernel_has_the_covariance_that_it_names():
    turn = np.radians(30)
    xx, yy, xy = moments(gaussian_kernel(4, 2, 30, 61))
    assert xx == pytest.approx(16 * np.cos(turn) ** 2 + 4 * np.sin(turn) ** 2, rel=1e-3)
    assert yy == pytest.approx(16 * np.sin(turn) ** 2 + 4 * np.cos(turn) ** 2, rel=1e-3)
    assert xy == pytest.approx(12 * np.sin(turn) * np.cos(turn), rel=1e-3)  # positive: up and to the right


@pytest.mark.parametrize(("angle", "axis"), [(0, 1), (180, 1), (90, 0), (-90, 0)])
def test_motion_along_an_axis_is_a_mean_of_neighbours(image, rng, angle, axis):
    expected = scipy.ndimage.uniform_filter1d(image, 7, axis, mode="mirror")
    np.testing.assert_allclose(MotionBlur(7, angle)(image, rng).image, expected, atol=1e-5)


def test_motion_kernel_lies_along_its_angle():
    xx, yy, xy = moments(motion_kernel(21, 30))
    assert np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)) == pytest.approx(30, abs=1)
    # Along the line: 21 evenly spaced points; sharing points among pixels adds less than 1/2.
    assert 0 <= xx + yy - (21**2 - 1) / 12 < 0.5


def test_motion_of_one_pixel_changes_nothing(image, rng):
    np.testing.assert_allclose(MotionBlur(1, 45)(image, rng).image, image, atol=1e-7)


@pytest.mark.parametrize("length", [1.5, 2, 3.7, 500])
def test_motion_kernel_of_any_length_is_centred(length):
    xx, yy, _ = moments(motion_kernel(length, 117))
    assert yy > xx


@pytest.mark.parametrize(
    "make",
    [
        lambda: GaussianBlur(),
        lambda: GaussianBlur(kernel=4),
        lambda: GaussianBlur(kernel=5.5),
        lambda: GaussianBlur(kernel=0),
        lambda: GaussianBlur(kernel=True),
        lambda: GaussianBlur(kernel=Uniform(3, 15)),
        lambda: GaussianBlur(kernel=Integers(3, 15)),
        lambda: GaussianBlur(kernel=Choice((3, 6))),
        lambda: GaussianBlur(sigma=0),
        lambda: GaussianBlur(sigma=Uniform(-1, 3)),
        lambda: GaussianBlur(sigma=float("nan")),
        lambda: GaussianBlur(sigma="2"),
        lambda: AnisotropicBlur(1, 0, 0),
        lambda: AnisotropicBlur(1, 1, 400),
        lambda: MotionBlur(0, 0),
        lambda: MotionBlur(5, float("inf")),
    ],
)
def test_bad_parameters_are_named(make):
    with pytest.raises(InputError, match=r"(GaussianBlur|AnisotropicBlur|MotionBlur).*expected"):
        make()
