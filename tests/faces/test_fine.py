"""Landmarks finer than a pixel."""

import cv2
import numpy as np
import pytest

from bonaface.faces.fine import fine_landmarks


@pytest.fixture(scope="module")
def small(face_256):
    return cv2.resize(face_256, (128, 128), interpolation=cv2.INTER_AREA)


def test_a_face_moved_by_a_part_of_a_pixel_moves_its_landmarks_by_it(locator, small):
    box = locator.faces(small)[0].box
    moved = cv2.warpAffine(
        small,
        np.float32([[1, 0, 0.25], [0, 1, 0.25]]),
        (128, 128),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    whole = locator.landmarks(moved, box).landmarks - locator.landmarks(small, box).landmarks
    fine = fine_landmarks(locator, moved, box) - fine_landmarks(locator, small, box)
    strays = [float(np.linalg.norm(each - 0.25, axis=1).mean()) for each in (fine, whole)]
    assert strays[0] < 0.7 * strays[1]
    assert strays[0] < 0.4


def test_they_lie_where_those_in_whole_pixels_do(locator, face_256):
    box = locator.faces(face_256)[0].box
    apart = fine_landmarks(locator, face_256, box) - locator.landmarks(face_256, box).landmarks
    assert np.linalg.norm(apart, axis=1).mean() < 0.01 * (box[2] - box[0])
    assert abs(apart.mean(axis=0)).max() < 0.6  # no shift of the grid


def test_a_box_over_the_edge_and_a_large_face(locator, face_256):
    cut = np.ascontiguousarray(face_256[:, 100:])
    box = locator.faces(face_256)[0].box
    assert np.isfinite(fine_landmarks(locator, cut, (box[0] - 100, box[1], box[2] - 100, box[3]))).all()
    large = cv2.resize(face_256, (1536, 1536), interpolation=cv2.INTER_CUBIC)
    wide = tuple(6 * value for value in box)
    assert np.array_equal(fine_landmarks(locator, large, wide), locator.landmarks(large, wide).landmarks)
