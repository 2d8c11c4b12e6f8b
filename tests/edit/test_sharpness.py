"""How much sharper one picture is than another: blurs of known size, on real faces, with other expressions on them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bonaface.edit.sharpness import HIGHEST, NEGLIGIBLE, NONE, Blur, blurred, relative_blur
from known_edits import moved


def rounded(image):
    """As a photograph of 8 bits."""
    return (np.rint(image * 255) / 255).astype(np.float32)


@pytest.mark.parametrize(("sigma", "within"), [(0.7, 0.03), (1.5, 0.03), (3.0, 0.12)])
def test_a_gaussian_of_known_size(london, sigma, within):
    for neutral, smiling, weight in london:
        soft = rounded(cv2.GaussianBlur(neutral, (0, 0), sigma))
        assert relative_blur(soft, neutral, weight).sigmas == pytest.approx((sigma, sigma), rel=within)
        # The other photograph of the same person shows another expression.
        assert relative_blur(soft, smiling, weight).sigmas == pytest.approx((sigma, sigma), rel=0.2)


@pytest.mark.parametrize("noise", [2, 5])
def test_noise_is_no_sharpness(london, noise):
    """Blurred first, then noisy, as photographs are: the noise would pass for the finest detail."""
    rng = np.random.default_rng(0)
    for neutral, smiling, weight in london:
        soft = cv2.GaussianBlur(neutral, (0, 0), 1.5) + rng.normal(0, noise / 255, neutral.shape)
        blur = relative_blur(rounded(np.clip(soft, 0, 1)), smiling, weight)
        assert blur.sigmas == pytest.approx((1.5, 1.5), rel=0.3)


@pytest.mark.parametrize(("length", "degrees"), [(5, 0), (9, 30), (17, 90)])
def test_a_motion_blur_of_known_length_and_direction(london, length, degrees):
    for neutral, smiling, weight in london:
        blur = relative_blur(rounded(moved(length, degrees, neutral)), smiling, weight)
        least, most = blur.sigmas
        assert most == pytest.approx(length / 12**0.5, rel=0.25)
        assert abs(least) < 0.55
        assert min(abs(blur.angle - degrees), 180 - abs(blur.angle - degrees)) < 4
        assert np.linalg.eigvalsh(blur.of_second)[1] > NEGLIGIBLE**2
        assert not blur.of_first.any()


def test_two_sharp_photographs_are_equally_sharp(london):
    for neutral, smiling, weight in london:
        blur = relative_blur(neutral, smiling, weight)
        assert max(map(abs, blur.sigmas)) < 0.28
        assert not blur.of_first.any()
        assert not blur.of_second.any()


def test_turned_round_it_is_the_first_that_is_sharper(london):
    neutral, smiling, weight = london[0]
    soft = rounded(cv2.GaussianBlur(neutral, (0, 0), 1.5))
    there, back = relative_blur(soft, smiling, weight), relative_blur(smiling, soft, weight)
    np.testing.assert_allclose(back.covariance, -there.covariance, atol=1e-9)
    np.testing.assert_allclose(back.of_first, there.of_second, atol=1e-9)
    assert back.sigmas[0] < -1.2


def test_contrast_is_no_sharpness(london):
    neutral, _, weight = london[0]
    blur = relative_blur(neutral, (0.5 + 0.6 * (neutral - 0.5)).astype(np.float32), weight)
    assert max(map(abs, blur.sigmas)) < 0.05


def test_without_detail_nothing_is_told():
    flat = np.full((256, 256, 3), 0.4, np.float32)
    weight = np.ones((256, 256), np.float32)
    assert relative_blur(flat, flat, weight) is None
    assert relative_blur(flat, np.random.default_rng(0).random((256, 256, 3), np.float32), weight) is None


def test_directions():
    turn = np.radians(30)
    along = np.array([np.cos(turn), np.sin(turn)])
    blur = Blur(9 * np.outer(along, along) - 4 * np.outer(along[::-1] * (1, -1), along[::-1] * (1, -1)))
    assert blur.sigmas == pytest.approx((-2, 3))
    assert blur.angle == pytest.approx(30)
    np.testing.assert_allclose(blur.of_second, 9 * np.outer(along, along), atol=1e-9)
    assert np.trace(blur.of_first) == pytest.approx(4)
    assert not NONE.of_first.any()
    assert Blur(np.eye(2) * (0.9 * NEGLIGIBLE) ** 2).of_second.sum() == 0
    assert 0 < HIGHEST < 0.5


def test_blurring_agrees_with_opencv(face_256):
    image = face_256.astype(np.float32) / 255
    ours = blurred(image, np.eye(2) * 2.0**2)
    theirs = cv2.GaussianBlur(image, (0, 0), 2.0, borderType=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
    assert blurred(image, np.zeros((2, 2))) is image


def test_blurring_along_one_direction_leaves_the_other(face_256):
    image = face_256.astype(np.float32) / 255
    ours = blurred(image, np.diag([3.0**2, 0.0]))
    theirs = cv2.GaussianBlur(image, (31, 1), 3.0, sigmaY=1e-6, borderType=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
