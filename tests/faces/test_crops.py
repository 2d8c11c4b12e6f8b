import cv2
import numpy as np
import pytest

from bonaface.faces.align import invert, to_ffhq_crop, transform, warp
from bonaface.faces.crops import CELEBA, CELEBA_HQ, FFHQ, Crop, cut, is_crop, resized, squared, to_crop


@pytest.fixture(scope="module")
def landmarks(astronaut, locator):
    return locator.faces(astronaut)[0].landmarks


def test_ffhqs_crop_is_the_one_of_align(landmarks):
    for side in (64, 256):
        np.testing.assert_allclose(to_crop(landmarks, side, FFHQ), to_ffhq_crop(landmarks, side), atol=1e-9)


def test_a_smaller_share_shows_less_around_the_same_centre(landmarks):
    inner, outer = to_crop(landmarks, 128, CELEBA), to_crop(landmarks, 128, FFHQ)
    middle = np.array([(63.5, 63.5)])
    np.testing.assert_allclose(transform(middle, invert(inner)), transform(middle, invert(outer)), atol=1e-6)
    assert np.sqrt(np.linalg.det(inner[:, :2]) / np.linalg.det(outer[:, :2])) == pytest.approx(1 / 0.82)


def test_a_lift_moves_the_face_down_in_the_crop(landmarks):
    plain = transform(landmarks, to_crop(landmarks, 256, FFHQ))
    lifted = transform(landmarks, to_crop(landmarks, 256, Crop(lift=0.05)))
    np.testing.assert_allclose((lifted - plain).mean(axis=0), (0, 0.05 * 256), atol=1e-6)


def test_celebas_faces_are_that_crop_already(aligned_faces):
    for _, points in aligned_faces[:40]:
        np.testing.assert_allclose(to_crop(points, 128, CELEBA), np.eye(2, 3), atol=0.03)
        assert is_crop(points, (128, 128), CELEBA)
        assert not is_crop(points, (128, 128), CELEBA_HQ)


def test_celeba_hqs_pictures_are_that_crop_already(data, locator, read):
    alike = []
    for file in sorted((data / "celebamask/images").iterdir())[::15]:
        found = locator.faces(read(file))
        if found:
            alike.append(is_crop(found[0].landmarks, (256, 256), CELEBA_HQ))
            assert not is_crop(found[0].landmarks, (128, 256), CELEBA_HQ)
    assert len(alike) > 50
    assert np.mean(alike) > 0.95


def test_a_photograph_is_no_crop(landmarks, astronaut):
    for crop in (FFHQ, CELEBA, CELEBA_HQ):
        assert not is_crop(landmarks, astronaut.shape[:2], crop)


@pytest.mark.parametrize("side", [48, 128, 300])
def test_cutting_a_part_is_warping_the_whole(astronaut, landmarks, side):
    image = astronaut.astype(np.float32) / 255
    matrix = to_crop(landmarks, side, FFHQ)
    found, expected = cut(image, matrix, side), warp(image, matrix, (side, side))
    assert found.shape == (side, side, 3)
    # Areas are averaged on another phase when a part is reduced; nothing else differs.
    assert np.abs(found - expected).mean() < (0.015 if side < 200 else 1e-4)


def test_a_crop_over_the_edge_repeats_it(astronaut):
    image = astronaut.astype(np.float32) / 255
    beyond = np.array([[1.0, 0, 40.0], [0, 1.0, 40.0]])
    found = cut(image, beyond, 64)
    np.testing.assert_allclose(found[:30, :30], np.broadcast_to(image[0, 0], (30, 30, 3)), atol=1e-5)


@pytest.mark.parametrize("size", [(128, 128), (32, 32), (500, 400)])
def test_resizing_to_a_crop(size):
    image = np.random.default_rng(0).random((*size, 3), np.float32)
    found = resized(image, 128)
    assert found.shape == (128, 128, 3)
    assert 0 <= found.min() <= found.max() <= 1
    if size == (500, 400):
        np.testing.assert_allclose(found, cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA), atol=1e-6)


def test_squares_repeat_the_shorter_edges():
    image = np.random.default_rng(0).random((40, 61, 3), np.float32)
    found = squared(image)
    assert found.shape == (61, 61, 3)
    np.testing.assert_array_equal(found[10:50], image)
    np.testing.assert_array_equal(found[0], image[0])
