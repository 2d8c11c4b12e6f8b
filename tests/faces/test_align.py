import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import procrustes
from skimage.transform import EuclideanTransform, SimilarityTransform

from bonaface.core.errors import InputError
from bonaface.faces.align import (
    FFHQ_TEMPLATE_512,
    compose,
    ffhq_quad,
    five_points,
    invert,
    rescaling,
    to_ffhq_crop,
    transform,
    umeyama,
    warp,
)


def similarity(degrees, scale, shift):
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[c, -s, shift[0]], [s, c, shift[1]]], np.float64)


TRANSFORMS = st.builds(
    similarity, st.floats(-180, 180), st.floats(0.1, 10), st.tuples(st.floats(-500, 500), st.floats(-500, 500))
)


@settings(max_examples=60, deadline=None)
@given(TRANSFORMS, st.integers(2, 70), st.integers(0, 10**6))
def test_umeyama_recovers_an_exact_transform(matrix, n, seed):
    points = np.random.default_rng(seed).uniform(0, 512, (n, 2))
    np.testing.assert_allclose(umeyama(points, transform(points, matrix)), matrix, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(TRANSFORMS, st.integers(0, 10**6))
def test_umeyama_agrees_with_scikit_image(matrix, seed):
    rng = np.random.default_rng(seed)
    source = rng.uniform(0, 512, (68, 2))
    target = transform(source, matrix) + rng.normal(0, 20, (68, 2))
    expected = SimilarityTransform.from_estimate(source, target).params[:2]
    np.testing.assert_allclose(umeyama(source, target), expected, rtol=1e-6, atol=1e-6)


def test_umeyama_agrees_with_procrustes_analysis():
    rng = np.random.default_rng(0)
    source, target = rng.uniform(0, 512, (2, 68, 2))
    target = source @ np.array([[0.0, 1], [-1, 0]]) + 0.3 * target
    residual = transform(source, umeyama(source, target)) - target
    centred = target - target.mean(axis=0)
    # SciPy's disparity is the squared residual after the target was brought to length 1.
    assert (residual**2).sum() / (centred**2).sum() == pytest.approx(procrustes(target, source)[2], rel=1e-9)


def test_a_rotation_and_shift_alone():
    rng = np.random.default_rng(1)
    source = rng.uniform(0, 100, (10, 2))
    target = transform(source, similarity(25, 1, (3, 4)))
    np.testing.assert_allclose(umeyama(source, target), EuclideanTransform.from_estimate(source, target).params[:2])


def test_never_a_reflection():
    source = np.random.default_rng(0).uniform(0, 100, (20, 2))
    assert np.linalg.det(umeyama(source, source * (-1, 1))[:, :2]) > 0


def test_weights_are_repetitions():
    rng = np.random.default_rng(0)
    source, target = rng.uniform(0, 100, (2, 5, 2))
    counts = np.array([1, 3, 2, 5, 1])
    repeated = umeyama(np.repeat(source, counts, axis=0), np.repeat(target, counts, axis=0))
    np.testing.assert_allclose(umeyama(source, target, counts.astype(float)), repeated)


def test_one_point_many_times_is_refused():
    with pytest.raises(InputError, match="All points coincide"):
        umeyama(np.ones((5, 2)), np.random.default_rng(0).random((5, 2)))


@settings(max_examples=30, deadline=None)
@given(TRANSFORMS, TRANSFORMS)
def test_invert_and_compose(first, second):
    points = np.array([(0.0, 0), (100, 0), (30, 70)])
    np.testing.assert_allclose(transform(transform(points, first), invert(first)), points, atol=1e-6)
    both = transform(transform(points, first), second)
    np.testing.assert_allclose(transform(points, compose(second, first)), both, rtol=1e-9, atol=1e-6)


def test_rescaling_keeps_the_edges():
    matrix = rescaling((100, 200), (50, 400))
    corners = np.array([(-0.5, -0.5), (199.5, 99.5)])
    np.testing.assert_allclose(transform(corners, matrix), [(-0.5, -0.5), (399.5, 49.5)])


@pytest.mark.parametrize("size", [(256, 256), (100, 300), (700, 640)])
def test_warping_by_a_rescaling_is_resizing(real_pair, size):
    image = np.ascontiguousarray(real_pair[1][:, :480])
    found = warp(image, rescaling(image.shape[:2], size), size)
    expected = cv2.resize(cv2.GaussianBlur(image, (0, 0), 1), size[::-1], interpolation=cv2.INTER_LINEAR)
    assert found.shape == (*size, 3)
    # Against a soft picture, so that the kernels do not matter: a place that is wrong by half a pixel would show.
    soft = [cv2.GaussianBlur(each, (0, 0), 4) for each in (found, expected)]
    assert np.abs(soft[0] - soft[1]).mean() < 0.004


def test_warping_by_nothing_changes_nothing(real_pair):
    np.testing.assert_allclose(warp(real_pair[1], np.eye(2, 3), (512, 512)), real_pair[1], atol=1e-6)


def test_warping_stays_in_range_and_repeats_the_edge():
    image = np.zeros((64, 64, 3), np.float32)
    image[::2] = 1
    moved = warp(image, similarity(10, 1.3, (20, 30)), (100, 100))
    assert moved.min() >= 0
    assert moved.max() <= 1
    white = np.ones((64, 64, 3), np.float32)
    np.testing.assert_allclose(warp(white, similarity(0, 1, (40, 40)), (64, 64)), 1, atol=1e-6)


def ffhq_preparation(landmarks):
    """As FFHQ's own script has it."""
    eye_left = np.mean(landmarks[36:42], axis=0)
    eye_right = np.mean(landmarks[42:48], axis=0)
    eye_avg = (eye_left + eye_right) * 0.5
    eye_to_eye = eye_right - eye_left
    mouth_avg = (landmarks[48] + landmarks[54]) * 0.5
    eye_to_mouth = mouth_avg - eye_avg
    x = eye_to_eye - np.flipud(eye_to_mouth) * [-1, 1]
    x /= np.hypot(*x)
    x *= max(np.hypot(*eye_to_eye) * 2.0, np.hypot(*eye_to_mouth) * 1.8)
    y = np.flipud(x) * [-1, 1]
    c = eye_avg + eye_to_mouth * 0.1
    return np.stack([c - x - y, c - x + y, c + x + y, c + x - y])


def test_the_quad_is_ffhqs(aligned_faces):
    for _, landmarks in aligned_faces[:20]:
        np.testing.assert_allclose(ffhq_quad(landmarks), ffhq_preparation(landmarks), atol=1e-9)


def test_the_crop_of_a_rotated_face_is_the_same(aligned_faces):
    landmarks, matrix = aligned_faces[0][1], similarity(40, 2.5, (30, -10))
    turned = transform(landmarks, matrix)
    expected = transform(landmarks, to_ffhq_crop(landmarks, 512))
    np.testing.assert_allclose(transform(turned, to_ffhq_crop(turned, 512)), expected, atol=1e-6)


def test_the_corners_of_the_quad_are_the_corners_of_the_crop(aligned_faces):
    landmarks = aligned_faces[0][1]
    corners = transform(ffhq_quad(landmarks), to_ffhq_crop(landmarks, 256))
    np.testing.assert_allclose(corners, [(-0.5, -0.5), (-0.5, 255.5), (255.5, 255.5), (255.5, -0.5)], atol=1e-9)


def test_real_ffhq_pictures_are_left_where_they_are(data, locator, read):
    """FFHQ's pictures are such crops already, so the crop of a crop is the picture."""
    for file in sorted((data / "ffhq10").glob("*.png")):
        landmarks = locator.faces(read(file, 512))[0].landmarks
        corners = np.array([(0.0, 0), (511, 0), (0, 511), (511, 511)])
        # Landmarks found again on the crop differ by some px from those found on the photograph; glasses and beards
        # move them most.
        assert np.abs(transform(corners, to_ffhq_crop(landmarks, 512)) - corners).max() < 40


def test_the_mean_face_is_the_template(aligned_faces):
    """Five points of 105 faces, brought to the FFHQ crop: their means are within 4 px of 512 of the template's."""
    points = [transform(five_points(landmarks), to_ffhq_crop(landmarks, 512)) for _, landmarks in aligned_faces]
    assert np.abs(np.mean(points, axis=0) - FFHQ_TEMPLATE_512).max() < 4
