import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonaface.core.images import to_bytes
from bonaface.measure.keypoints import RATIO, Keypoints, detect, match


def opencv_match(a, b):
    """Mutual best by OpenCV's cross check, and Lowe's ratio by its two nearest neighbours."""
    mutual = {(m.queryIdx, m.trainIdx) for m in cv2.BFMatcher(cv2.NORM_L2, crossCheck=True).match(a, b)}
    near = cv2.BFMatcher(cv2.NORM_L2).knnMatch(a, b, 2)
    return {(p.queryIdx, p.trainIdx) for p, q in near if p.distance < RATIO * q.distance} & mutual


def made(descriptors):
    n = len(descriptors)
    return Keypoints(np.zeros((n, 2)), np.zeros(n, np.float32), np.zeros(n, np.float32), descriptors)


def test_matching_agrees_with_opencv(real_pair):
    output, truth = (detect(to_bytes(each)) for each in real_pair)
    pairs = match(output, truth)
    assert {tuple(pair) for pair in pairs.tolist()} == opencv_match(output.descriptors, truth.descriptors)
    assert 50 < len(pairs) < min(len(output), len(truth))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(2, 30))
def test_descriptors_of_any_length_agree_with_opencv(seed, n, m):
    # Of any length: the mutual best needs the output's own norms too.
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0, rng.integers(2, 256, (k, 1)), (k, 128)).astype(np.float32) for k in (n, m))
    b[: min(n, m) // 2] = a[: min(n, m) // 2] + rng.integers(0, 8, (min(n, m) // 2, 128))
    assert {tuple(pair) for pair in match(made(a), made(b)).tolist()} == opencv_match(a, b)


def test_each_keypoint_has_at_most_one_partner(real_pair):
    pairs = match(*(detect(to_bytes(each)) for each in real_pair))
    assert len(set(pairs[:, 0])) == len(set(pairs[:, 1])) == len(pairs)


def test_equal_pictures_match_themselves(astronaut):
    points = detect(astronaut)
    pairs = match(points, points)
    assert (pairs[:, 0] == pairs[:, 1]).all()
    # A few descriptors are repeated in the picture so closely that the ratio fails.
    assert len(pairs) > 0.95 * len(points)


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 5), (5, 0), (5, 1)])
def test_too_few_to_match(n, m):
    rng = np.random.default_rng(0)
    a, b = (made(rng.random((k, 128)).astype(np.float32)) for k in (n, m))
    assert match(a, b).shape == (0, 2)


def test_a_flat_picture_has_no_keypoints():
    points = detect(np.full((64, 64, 3), 128, np.uint8))
    assert len(points) == 0
    assert points.points.shape == (0, 2)
    assert points.descriptors.shape == (0, 128)


def test_a_window_gives_points_of_the_whole_picture(astronaut):
    window = (slice(20, 240), slice(100, 340))
    points = detect(astronaut, window)
    found, _ = cv2.SIFT_create().detectAndCompute(cv2.cvtColor(astronaut[window], cv2.COLOR_RGB2GRAY), None)
    np.testing.assert_allclose(points.points, np.array([k.pt for k in found]) + (100, 20), atol=1e-4)
    np.testing.assert_array_equal(points.sizes, np.float32([k.size for k in found]))
    np.testing.assert_array_equal(points.angles, np.float32([k.angle for k in found]))
