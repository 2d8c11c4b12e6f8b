"""What changed in a picture, and where an expression may change it."""

import cv2
import numpy as np
import pytest

from bonaface.core.regions import Region
from bonaface.faces.regions import landmark_regions
from bonaface.measure.change import MARGIN, VISIBLE, change_map, needed_region, widened
from bonaface.measure.colour import ciede2000, to_lab


@pytest.fixture(scope="module")
def landmarks(locator, face_512):
    return locator.faces(face_512, network=False)[0].landmarks


def test_nothing_changed(real_pair):
    assert change_map(real_pair[1], real_pair[1], 100.0).max() == 0


def test_a_patch_of_another_colour_is_found(real_pair):
    truth = real_pair[1]
    output = truth.copy()
    output[100:200, 300:400] *= np.array([1.0, 0.5, 0.5], np.float32)
    found = change_map(output, truth, 100.0) > VISIBLE
    expected = np.zeros(found.shape, bool)
    expected[100:200, 300:400] = True
    assert found[110:190, 310:390].mean() > 0.95  # but for what was black
    assert not found[~widened(expected, 8)].any()


def test_it_is_ciede2000_of_blurred_pictures(real_pair):
    smooth = [cv2.GaussianBlur(image, (0, 0), 2.0) for image in real_pair]
    expected = ciede2000(to_lab(smooth[1]), to_lab(smooth[0]))
    assert np.allclose(change_map(*real_pair, 100.0), expected, atol=1e-3)


def test_a_smile_needs_no_forehead_and_surprise_does(landmarks):
    regions = landmark_regions(landmarks, 512, 512)
    smile, surprise = (needed_region(label, [landmarks], (512, 512)) for label in ("happiness", "surprise"))
    for needed in (smile, surprise):
        assert needed[regions[Region.MOUTH]].all()
        assert needed[regions[Region.BACKGROUND]].mean() < 0.3
    assert smile[regions[Region.FOREHEAD]].mean() < 0.5
    assert surprise[regions[Region.FOREHEAD]].all()


def test_the_region_follows_the_face_after_the_change(landmarks):
    lower = landmarks.copy()
    lower[4:13, 1] += 40  # a chin that drops
    before, after = (needed_region("surprise", faces, (512, 512)) for faces in ([landmarks], [landmarks, lower]))
    assert after[before].all()
    assert after.sum() > before.sum()


def test_widened_by_a_distance():
    mask = np.zeros((101, 101), bool)
    mask[50, 50] = True
    y, x = np.nonzero(widened(mask, 10))
    assert np.hypot(y - 50, x - 50).max() == pytest.approx(10, abs=0.5)
    assert 0 < MARGIN < 1
