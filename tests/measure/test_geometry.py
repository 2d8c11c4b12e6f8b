import numpy as np
import pytest
from skimage.transform import SimilarityTransform

from bonaface.measure.geometry import GROUPS, aligned_shifts, inter_ocular, nrmse, raw_shifts


@pytest.fixture
def landmarks(locator, face_256):
    return locator.faces(face_256)[0].landmarks


def moved(points, degrees, scale, shift):
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return points @ np.array([[c, s], [-s, c]]) + shift


def test_every_landmark_is_in_one_group():
    assert sorted(sum(GROUPS.values(), ())) == list(range(68))


def test_a_similarity_transform_shifts_nothing(landmarks):
    assert aligned_shifts(moved(landmarks, 30, 1.7, (40, -9)), landmarks).max() < 1e-9


def test_one_moved_point_written_plainly(landmarks):
    output = landmarks.copy()
    output[30] += (6, -8)
    fit = SimilarityTransform.from_estimate(output, landmarks)
    expected = 100 * np.linalg.norm(fit(output) - landmarks, axis=1) / np.linalg.norm(landmarks[36] - landmarks[45])
    np.testing.assert_allclose(aligned_shifts(output, landmarks), expected, atol=1e-8)
    assert aligned_shifts(output, landmarks).argmax() == 30
    assert nrmse(output, landmarks) == pytest.approx(np.sqrt((expected**2).mean()))
    np.testing.assert_allclose(raw_shifts(output, landmarks)[[29, 30]], (0, 10))


def test_the_unit_is_the_truths_own_size(landmarks):
    output = landmarks.copy()
    output[48] += 3
    larger = aligned_shifts(output * 4, landmarks * 4)
    np.testing.assert_allclose(larger, aligned_shifts(output, landmarks), atol=1e-9)
    assert inter_ocular(landmarks * 4) == pytest.approx(4 * inter_ocular(landmarks))
