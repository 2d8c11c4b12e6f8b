"""Left and right halves of a face, from landmarks."""

from __future__ import annotations

import numpy as np
import pytest

from bonaface.faces.symmetry import PAIRS, asymmetry_of_shape
from made_study import landmarks

EYES = 0.26 * 512
"""Distance between the eyes of the made face."""


@pytest.fixture
def symmetric():
    points = np.array(landmarks(512), np.float64)
    for right, left in PAIRS:  # exactly: the made ones are rounded
        points[left] = (512 - points[right, 0], points[right, 1])
    return points


def turned(points, yaw, roll, depth):
    """Seen without perspective by a camera that goes around the head; `depth` is the same for both of a pair."""
    y, r = np.radians([yaw, roll])
    x = points[:, 0] - 256
    across, down = x * np.cos(y) + depth * np.sin(y), points[:, 1]
    return np.stack([across * np.cos(r) - down * np.sin(r), across * np.sin(r) + down * np.cos(r)], 1)


def test_pairs_are_each_others_mirror_image(symmetric):
    assert len({point for pair in PAIRS for point in pair}) == 2 * len(PAIRS) == 42
    for right, left in PAIRS:
        assert symmetric[left] == pytest.approx((512 - symmetric[right, 0], symmetric[right, 1]), abs=1)


@pytest.mark.parametrize(("yaw", "roll"), [(0, 0), (0, 20), (12, 0), (-35, -10)])
def test_a_symmetric_face_stays_one_however_it_is_turned(symmetric, yaw, roll):
    depth = 100 * np.cos((symmetric[:, 0] - 256) / 200) + 0.2 * symmetric[:, 1]
    for right, left in PAIRS:
        depth[left] = depth[right]
    assert asymmetry_of_shape(turned(symmetric, yaw, roll, depth)) == pytest.approx(0, abs=1e-9)


def test_a_lifted_brow_is_what_lies_across_the_best_direction(symmetric):
    """Against a search over all directions."""
    symmetric[22:27, 1] -= 0.1 * EYES
    lines = np.array([symmetric[left] - symmetric[right] for right, left in PAIRS])
    angles = np.radians(np.linspace(-5, 5, 20_001))
    across = np.outer(lines[:, 1], np.cos(angles)) - np.outer(lines[:, 0], np.sin(angles))
    best = np.abs(across[:, (across**2).sum(axis=0).argmin()]).mean() / 2 / EYES
    assert asymmetry_of_shape(symmetric) == pytest.approx(best, rel=1e-3)
    assert 0.1 / 2 * 5 / 21 < best < 0.1 / 2  # the brow's own five pairs, and what the others are turned by


def test_neither_size_nor_the_mirror_changes_it(symmetric):
    rng = np.random.default_rng(0)
    points = symmetric + rng.normal(0, 2, symmetric.shape)
    found = asymmetry_of_shape(points)
    assert found > 0.001
    assert asymmetry_of_shape(0.1 * points + 7) == pytest.approx(found, rel=1e-9)
    mirrored = points * [-1, 1]
    for right, left in PAIRS:
        mirrored[[right, left]] = mirrored[[left, right]]
    assert asymmetry_of_shape(mirrored) == pytest.approx(found, rel=1e-9)


def test_eyes_in_one_place_have_none():
    assert asymmetry_of_shape(np.zeros((68, 2))) is None


def test_on_real_faces_it_does_not_follow_the_pose(data):
    """What is told of pairs that are parallel does not grow with yaw up to 15 degrees, as the widths of halves do."""
    from bonaface.faces.pose import head_pose
    from bonaface.io.tables import read_parquet

    columns = read_parquet(data / "celeba_val.parquet", ["landmarks68"])
    faces = [np.array(row, np.float64).reshape(68, 2) for row in columns["landmarks68"]]
    yaws = np.abs([head_pose(face)[0] for face in faces])
    facing = yaws < 15
    found = np.array([asymmetry_of_shape(face) for face in faces])
    nose = [abs(f[30, 0] - f[[36, 45], 0].mean()) / np.hypot(*(f[45] - f[36])) for f in faces]
    assert facing.sum() > 300
    assert abs(np.corrcoef(found[facing], yaws[facing])[0, 1]) < 0.15
    assert np.corrcoef(np.array(nose)[facing], yaws[facing])[0, 1] > 0.7
    assert np.median(found[facing]) == pytest.approx(0.0055, abs=0.001)
