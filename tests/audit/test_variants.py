import cv2
import numpy as np
import pytest

from bonaface.audit.variants import VARIANTS, enlarged_and_back, jpeg_95, png_round_trip, shifted
from bonaface.core.images import check_image, to_bytes


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_are_images_of_the_same_size_and_nearly_the_same(name, real_pair):
    truth = real_pair[1]
    variant = check_image(VARIANTS[name](truth))
    assert variant.shape == truth.shape
    assert np.abs(variant - truth).mean() < 0.012  # three grey levels


def test_a_png_changes_nothing_of_an_8_bit_picture(real_pair):
    assert np.array_equal(png_round_trip(real_pair[1]), real_pair[1])
    rounded = png_round_trip(real_pair[0])
    assert 0 < np.abs(rounded - real_pair[0]).max() <= 0.5 / 255 + 1e-6


def test_the_jpeg_is_opencvs_byte_for_byte(astronaut, real_pair):
    _, data = cv2.imencode(".jpg", cv2.cvtColor(astronaut, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])
    expected = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert np.array_equal(to_bytes(jpeg_95(real_pair[1])), expected)


def fourier_shift(plane, pixels):
    fy, fx = np.fft.fftfreq(plane.shape[0])[:, None], np.fft.fftfreq(plane.shape[1])[None]
    return np.fft.ifft2(np.fft.fft2(plane) * np.exp(-2j * np.pi * pixels * (fx + fy))).real


def test_the_shift_is_a_tenth_of_a_pixel_to_the_right_and_down():
    # A picture without what is finer than 4 px, where eight taps of Lanczos are nearly exact.
    plane = cv2.GaussianBlur(np.random.default_rng(0).random((160, 160)), (0, 0), 2)
    plane = np.float32(0.5 + (plane - plane.mean()) / plane.std() * 0.1)
    found = shifted(np.repeat(plane[..., None], 3, axis=2))[16:-16, 16:-16, 0]
    inner = plane[16:-16, 16:-16]
    errors = {
        pixels: np.abs(found - fourier_shift(plane, pixels)[16:-16, 16:-16]).mean() for pixels in (-0.1, 0.0, 0.1)
    }
    # Lanczos moves low frequencies by 0.11 px and middle ones by 0.097.
    assert errors[0.1] < 0.1 * errors[0.0] < 0.1 * errors[-0.1]
    assert np.abs(found - inner).max() > 0.001


def test_enlarging_and_back_keeps_odd_sizes(real_pair):
    odd = real_pair[1][:333, :201]
    assert enlarged_and_back(odd).shape == odd.shape
