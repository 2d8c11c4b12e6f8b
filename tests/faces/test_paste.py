"""Putting crops back: what is not restored stays, what is lands where it was, and edges are soft."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from bonaface.core.errors import InputError
from bonaface.faces.align import compose, invert, rescaling, transform
from bonaface.faces.crops import TEMPLATE, cut, to_crop
from bonaface.faces.paste import SHAPES, Piece, distance_inside, laid_back, match_colour, outline, paste, paste_weight

SIDE = 512


@pytest.fixture(scope="module")
def face(astronaut, locator):
    return locator.faces(astronaut)[0]


@pytest.fixture(scope="module")
def photo(astronaut):
    """A photograph as restorers get them: a little soft."""
    return cv2.GaussianBlur(astronaut.astype(np.float32) / 255, (0, 0), 1)


@pytest.fixture(scope="module")
def matrix(face):
    return to_crop(face.landmarks, SIDE, TEMPLATE)


def weight_of(shape, face, matrix, side=SIDE, **more):
    return paste_weight(shape, side, transform(outline(face.landmarks), matrix), **more)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("side", [128, 512])
def test_an_unchanged_crop_changes_nothing(photo, face, shape, scale, side):
    large = np.clip(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), 0, 1)
    large = large if scale == 1 else cv2.GaussianBlur(large, (0, 0), 1)
    points = transform(face.landmarks, rescaling(photo.shape[:2], large.shape[:2]))
    matrix = to_crop(points, side, TEMPLATE)
    weight = paste_weight(shape, side, transform(outline(points), matrix))
    out, restored = paste(large, [Piece(cut(large, matrix, side), weight, matrix)])
    if side == 512:  # 128 px hold less than the photograph does
        assert np.abs(out - large).max() < 1 / 255
    assert np.array_equal(out[restored == 0], large[restored == 0])
    assert 0.02 < (restored > 0.5).mean() < 0.2


def test_a_sharp_photograph_loses_little(astronaut, face, matrix):
    sharp = astronaut.astype(np.float32) / 255
    out, restored = paste(sharp, [Piece(cut(sharp, matrix, SIDE), weight_of("box", face, matrix), matrix)])
    assert np.abs(out - sharp)[restored > 0.9].mean() < 1.2 / 255


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("feather", [0.01, 0.1, 0.5])
def test_weights_have_no_edge(face, matrix, shape, feather):
    weight = weight_of(shape, face, matrix, feather=feather)
    assert weight.dtype == np.float32
    assert weight.min() == 0
    assert weight[256, 256] > (0.9 if feather < 0.5 else 0.5)
    assert not weight[[0, -1]].any()
    assert not weight[:, [0, -1]].any()
    steps = max(np.abs(np.diff(weight, axis=axis)).max() for axis in (0, 1))
    assert steps < 2 * 1.5 / (min(feather, 0.05 if shape == "face" else 1) * SIDE)


def test_the_face_alone_is_less_than_the_box_and_has_brows_eyes_mouth_and_forehead(face, matrix):
    box, alone = weight_of("box", face, matrix), weight_of("face", face, matrix)
    assert alone.sum() < 0.6 * box.sum()
    for x, y in transform(face.landmarks[17:], matrix):
        assert alone[round(y), round(x)] > 0.5
    brow = transform(face.landmarks[[19, 24]].mean(axis=0)[None], matrix)[0]
    assert alone[round(brow[1]) - 40, round(brow[0])] > 0.9


def test_another_face_is_left_alone(face, matrix):
    own = transform(outline(face.landmarks), matrix)
    beside = own + (260, 60)
    far = own + (2000, 0)
    plain = paste_weight("box", SIDE, own)
    assert np.array_equal(paste_weight("box", SIDE, own, [far]), plain)
    kept = paste_weight("box", SIDE, own, [beside])
    middle = np.clip(np.round(beside.mean(axis=0)).astype(int), 0, SIDE - 12)
    assert plain[middle[1], middle[0]] > 0.1
    assert kept[middle[1], middle[0]] < 0.02
    assert kept[256, 256] > 0.99


def test_faces_that_overlap_both_stay(face, matrix):
    own = transform(outline(face.landmarks), matrix)
    weight = paste_weight("face", SIDE, own, [own + (60, 0)])
    assert weight[256, 256] > 0.99


@pytest.mark.parametrize(("shape", "feather"), [("oval", 0.1), ("box", 0), ("box", 0.6), ("face", float("nan"))])
def test_settings_that_mean_nothing(face, matrix, shape, feather):
    with pytest.raises(InputError, match="expected"):
        weight_of(shape, face, matrix, feather=feather)


@pytest.mark.parametrize("angle", [0, 17, 90])
@pytest.mark.parametrize("scale", [0.1, 0.33, 0.8, 1.6])
def test_what_is_laid_back_lands_where_it_belongs(angle, scale):
    """A smooth pattern, computed on either grid."""
    turn = np.radians(angle)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = np.hstack([linear, [[100.3], [80.7]]])

    def pattern(x, y):
        return (0.5 + 0.4 * np.sin(x / 60) * np.cos(y / 45)).astype(np.float32)

    y, x = np.mgrid[:SIDE, :SIDE]
    crop = np.repeat(pattern(x, y)[..., None], 3, 2)
    whole = np.ones((SIDE, SIDE), np.float32)
    (image, plane), weight = laid_back(
        (crop, 3 * crop[..., 0] - 1), whole, invert(matrix), (slice(0, 400), slice(0, 500))
    )
    rows, columns = np.mgrid[:400, :500]
    source = transform(np.stack([columns.ravel(), rows.ravel()], -1).astype(float), invert(matrix)).reshape(400, 500, 2)
    inside = ((source > 12 / scale) & (source < SIDE - 12 / scale)).all(axis=-1)
    expected = pattern(source[..., 0], source[..., 1])
    assert inside.sum() > 200
    assert np.abs(image[..., 0] - expected)[inside].max() < 0.004
    assert np.abs((plane + 1) / 3 - expected)[inside].max() < 0.004  # any number of channels, any range
    assert weight[inside].min() > 0.99
    outside = ((source < -4 / scale) | (source > SIDE + 4 / scale)).any(axis=-1)
    assert not weight[outside].any()


def test_stripes_do_not_alias():
    """Finer than the photograph can show: they must become grey."""
    stripes = np.repeat((np.arange(SIDE) % 4 < 2).astype(np.float32)[None], SIDE, 0)
    crop = np.repeat(stripes[..., None], 3, 2)
    matrix = np.array([[0.21, 0.02, 10], [-0.02, 0.21, 20]])
    whole = np.ones((SIDE, SIDE), np.float32)
    (image,), weight = laid_back((crop,), whole, invert(matrix), (slice(0, 150), slice(0, 150)))
    inner = cv2.erode((weight > 0.99).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.abs(image[inner] - 0.5).max() < 0.02


def test_a_crop_that_reaches_over_the_edge(photo, face):
    moved = np.ascontiguousarray(photo[90:, 200:])
    matrix = compose(to_crop(face.landmarks, SIDE, TEMPLATE), np.array([[1.0, 0, 200], [0, 1.0, 90]]))
    crop = cut(moved, matrix, SIDE)
    out, restored = paste(moved, [Piece(crop, weight_of("box", face, matrix), matrix)])
    assert out.shape == moved.shape
    assert restored[0].max() > 0.9
    assert np.abs(out - moved)[4:, 4:].max() < 1 / 255


def test_a_crop_outside_of_the_photograph(photo, face, matrix):
    away = compose(matrix, np.array([[1.0, 0, -5000], [0, 1.0, 0]]))
    out, restored = paste(photo, [Piece(np.ones((SIDE, SIDE, 3), np.float32), weight_of("box", face, matrix), away)])
    assert np.array_equal(out, photo)
    assert not restored.any()


def test_the_photograph_itself_is_not_written_into(photo, face, matrix):
    before = photo.copy()
    paste(photo, [Piece(np.ones((SIDE, SIDE, 3), np.float32), weight_of("box", face, matrix), matrix)])
    assert np.array_equal(photo, before)


def test_colours_are_brought_back(photo, face, matrix):
    crop, weight = cut(photo, matrix, SIDE), weight_of("face", face, matrix)
    tinted = (crop * np.array([1, 0.85, 0.6], np.float32) * np.float32(0.9)).astype(np.float32)
    matched, colour = match_colour(tinted, crop, weight)
    lab = [cv2.cvtColor(image, cv2.COLOR_RGB2Lab)[weight > 0.9] for image in (crop, tinted, matched)]
    before, after = (np.abs(lab[0].mean(axis=0) - each.mean(axis=0)).max() for each in lab[1:])
    assert before > 10
    assert after < 1.5
    assert colour.shift[2] < -10  # bluer again
    assert matched.min() >= 0
    assert matched.max() <= 1


def test_detail_is_not_dulled(photo, face, matrix):
    """A restored face has more detail than what it was made of: only the tone is matched."""
    crop, weight = cut(photo, matrix, SIDE), weight_of("face", face, matrix)
    soft = cv2.GaussianBlur(crop, (0, 0), 6)
    matched, colour = match_colour(crop, soft, weight)
    assert np.abs(matched - crop)[weight > 0.5].mean() < 0.02
    assert np.abs(np.array(colour.gain) - 1).max() < 0.1


def test_distances_do_not_depend_on_threads():
    """They are SciPy's to the last bit, where OpenCV's own differ with the number of its threads."""
    mask = np.zeros((512, 512), np.uint8)
    cv2.fillPoly(mask, [np.array([(100, 90), (400, 120), (380, 400), (130, 420)], np.int32)], 1)
    exact = distance_transform_edt(mask).astype(np.float32)
    before = cv2.getNumThreads()
    try:
        for threads in (1, 2, 3, 8):
            cv2.setNumThreads(threads)
            assert (distance_inside(mask > 0) == exact).all()
    finally:
        cv2.setNumThreads(before)
