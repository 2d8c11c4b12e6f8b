import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from bonaface.core.images import luminance
from bonaface.measure.fidelity import psnr
from bonaface.measure.record import NotApplicable
from bonaface.measure.structure import MS_LEAST_SIDE, ms_ssim, ssim, ssim_y

SKIMAGE = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}
RECORDED = json.loads((Path(__file__).parent / "references.json").read_text(encoding="utf-8"))


def damaged(name, truth):
    """As in scripts/record_references.py."""
    if name == "noise of 20 grey levels":
        noise = np.random.default_rng(0).normal(0, 20, truth.shape)
        return np.clip(np.rint(truth + noise), 0, 255).astype(np.uint8)
    if name == "means of 4x4 blocks":
        blocks = truth.reshape(128, 4, 128, 4, 3).mean(axis=(1, 3))
        return np.repeat(np.repeat(np.rint(blocks), 4, 0), 4, 1).astype(np.uint8)
    if name == "half the contrast":
        return np.rint(truth * 0.5 + 40).astype(np.uint8)
    return np.roll(truth, 2, axis=1)


@pytest.fixture(params=RECORDED["damages"])
def recorded(request, astronaut):
    pair = (each.astype(np.float32) / np.float32(255) for each in (damaged(request.param, astronaut), astronaut))
    return *pair, RECORDED["damages"][request.param]


def test_agrees_with_what_torchmetrics_says(recorded):
    output, truth, said = recorded
    # Ours is float32 inside, theirs ran in float64.
    assert psnr(output, truth) == pytest.approx(said["psnr"], abs=1e-5)
    assert ssim(output, truth) == pytest.approx(said["ssim"], abs=2e-6)
    assert ms_ssim(output, truth) == pytest.approx(said["ms-ssim"], abs=1e-5)


def test_a_reflected_border_is_another_convention(recorded):
    # torchmetrics fills the border by reflection and counts it: at 512 px that is up to 0.005 of SSIM and 0.002 of
    # MS-SSIM. A number without its convention is not a number.
    output, truth, said = recorded
    assert ssim(output, truth) == pytest.approx(said["ssim with reflected border"], abs=5e-3)
    assert ssim(output, truth) != pytest.approx(said["ssim with reflected border"], abs=5e-4)
    assert ms_ssim(output, truth) == pytest.approx(said["ms-ssim with reflected border"], abs=2e-3)


@pytest.mark.parametrize("size", [(512, 512), (97, 131), (32, 33)])
def test_agrees_with_scikit_image(real_pair, size):
    output, truth = (each[: size[0], : size[1]] for each in real_pair)
    expected = structural_similarity(truth.astype(float), output.astype(float), channel_axis=2, **SKIMAGE)
    assert ssim(output, truth) == pytest.approx(expected, abs=2e-6)  # float32
    expected = structural_similarity(luminance(truth).astype(float), luminance(output).astype(float), **SKIMAGE)
    assert ssim_y(output, truth) == pytest.approx(expected, abs=2e-6)


def test_bright_and_dark_pictures_keep_their_digits(real_pair):
    # Variances are differences of large numbers: worst where values are near 0 or 1 and contrast is small.
    for low in (0.0, 0.95):
        output, truth = (low + np.float32(0.05) * each for each in real_pair)
        expected = structural_similarity(truth.astype(float), output.astype(float), channel_axis=2, **SKIMAGE)
        assert ssim(output, truth) == pytest.approx(expected, abs=1e-5)


def test_ms_ssim_written_plainly(real_pair):
    """Wang's five scales, by scikit-image's maps of one channel at a time, in float64."""
    output, truth = (each[:301, :268].astype(np.float64) for each in real_pair)  # odd sizes on the way down
    c1, c2 = 0.01**2, 0.03**2
    blur = {"ksize": (11, 11), "sigmaX": 1.5, "borderType": cv2.BORDER_REFLECT}
    values = []
    for channel in range(3):
        x, y, product = truth[..., channel], output[..., channel], 1.0
        for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
            mx, my = cv2.GaussianBlur(x, **blur), cv2.GaussianBlur(y, **blur)
            vx, vy = cv2.GaussianBlur(x * x, **blur) - mx**2, cv2.GaussianBlur(y * y, **blur) - my**2
            vxy = cv2.GaussianBlur(x * y, **blur) - mx * my
            term = (2 * vxy + c2) / (vx + vy + c2)
            if scale == 4:
                term = term * (2 * mx * my + c1) / (mx**2 + my**2 + c1)
            product *= max(term[5:-5, 5:-5].mean(), 0) ** weight
            h, w = x.shape[0] // 2, x.shape[1] // 2
            x, y = (p[: 2 * h, : 2 * w].reshape(h, 2, w, 2).mean(axis=(1, 3)) for p in (x, y))
        values.append(product)
    assert ms_ssim(*(each[:301, :268] for each in real_pair)) == pytest.approx(np.mean(values), abs=1e-5)


def test_equal_pictures_score_one(real_pair):
    for measure in (ssim, ssim_y, ms_ssim):
        assert measure(real_pair[1], real_pair[1]) == pytest.approx(1, abs=1e-6)


def test_symmetric_and_at_most_one(real_pair):
    for measure in (ssim, ssim_y, ms_ssim):
        assert measure(*real_pair) == pytest.approx(measure(*real_pair[::-1]), abs=1e-6)
        assert measure(*real_pair) < 1


def test_an_inverted_picture_is_negative_by_ssim_and_zero_by_ms_ssim(real_pair):
    truth = real_pair[1]
    assert ssim_y(1 - truth, truth) < 0
    assert ms_ssim(1 - truth, truth) == 0


def test_too_small_for_five_scales(real_pair):
    small = [each[: MS_LEAST_SIDE - 1, :400] for each in real_pair]
    with pytest.raises(NotApplicable, match=r"at least 176 px a side; the picture is 400x175"):
        ms_ssim(*small)
    assert 0 < ms_ssim(*(each[:MS_LEAST_SIDE, :MS_LEAST_SIDE] for each in real_pair)) < 1


def test_flat_pictures():
    flat = np.full((200, 200, 3), 0.5, np.float32)
    assert ssim(flat, flat) == pytest.approx(1)
    # Two flat greys differ in the luminance term alone.
    other = np.full_like(flat, 0.25)
    expected = (2 * 0.5 * 0.25 + 1e-4) / (0.5**2 + 0.25**2 + 1e-4)
    assert ssim(other, flat) == pytest.approx(expected, abs=1e-5)
