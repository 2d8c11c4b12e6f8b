"""How far an expression moves a face: made landmarks with known shifts, and other people's algebra."""

import numpy as np
import pytest
from skimage.transform import SimilarityTransform

from bonaface.measure.geometry import GROUPS
from bonaface.measure.movement import STABLE, mean_length, moves, share_of


@pytest.fixture(scope="module")
def face():
    """(68, 2): something like a face, 100 px between the outer corners of the eyes."""
    points = np.random.default_rng(1).uniform(0, 200, (68, 2))
    points[36], points[45] = (50, 80), (150, 80)
    return points


def turned(points, angle=0.3, scale=1.7, shift=(30, -12)):
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]]) + shift


def test_a_similarity_transform_moves_nothing(face):
    assert np.abs(moves(turned(face), face)).max() < 1e-6


@pytest.mark.parametrize("group", ["mouth", "jaw", "left-brow"])
def test_a_known_shift_is_found_in_its_group_alone(face, group):
    """Of a group without stable points; in another picture, turned and 1.7 times as large."""
    chosen = list(GROUPS[group])
    changed = face.copy()
    changed[chosen] += (3, -4)  # 5 px of the 100 between the eyes
    found = moves(turned(changed), face)
    assert mean_length(found[chosen]) == pytest.approx(5, abs=1e-6)
    assert np.allclose(found[chosen], (3, -4), atol=1e-6)
    rest = [index for index in range(68) if index not in chosen]
    assert mean_length(found[rest]) < 1e-6


def test_agrees_with_scikit_image(face):
    rng = np.random.default_rng(3)
    other = turned(face + rng.normal(0, 4, face.shape))
    theirs = SimilarityTransform.from_estimate(other[list(STABLE)], face[list(STABLE)])
    assert np.allclose(moves(other, face), theirs(other) - face, atol=1e-6)


def test_shares_of_known_movements():
    rng = np.random.default_rng(4)
    real = rng.normal(0, 3, (20, 2))
    assert share_of(real, real) == pytest.approx(share_of(1.0 * real, real))
    whole, nothing, back, more = (share_of(factor * real, real) for factor in (1.0, 0.0, -0.5, 1.5))
    assert (whole.share, whole.missing, whole.stray) == pytest.approx((1, 0, 0))
    assert (nothing.share, nothing.missing, nothing.stray) == pytest.approx((0, 1, 0))
    assert (back.share, back.missing, back.stray) == pytest.approx((-0.5, 1, 0.5))
    assert (more.share, more.missing, more.stray) == pytest.approx((1.5, 0, 0.5))
    across = real[:, ::-1] * (1, -1)  # each point at a right angle to where it goes
    aside = share_of(0.3 * real + 0.4 * across, real)
    assert (aside.share, aside.missing, aside.stray) == pytest.approx((0.3, 0.7, 0.4))


def test_the_share_is_the_least_squares_answer():
    rng = np.random.default_rng(5)
    real, made = rng.normal(size=(2, 20, 2))
    fitted = np.linalg.lstsq(real.reshape(-1, 1), made.ravel(), rcond=None)[0][0]
    assert share_of(made, real).share == pytest.approx(fitted)


def test_no_share_of_no_movement():
    assert share_of(np.ones((5, 2)), np.zeros((5, 2))) is None
