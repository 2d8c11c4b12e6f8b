from dataclasses import replace

import numpy as np
import pytest

from bonaface.core.errors import FaceNotFound, InputError
from bonaface.degrade import FaceOcclusion, GivenMask, Integers, IrregularMask, SquareMask, Uniform

GREY = np.full((128, 128, 3), 0.5, np.float32)


def assert_covers(done, image):
    """0 under the mask, untouched elsewhere."""
    assert done.occlusion.dtype == np.bool_
    assert done.occlusion.shape == image.shape[:2]
    assert (done.image[done.occlusion] == 0).all()
    np.testing.assert_array_equal(done.image[~done.occlusion], image[~done.occlusion])


@pytest.mark.parametrize("size", [1, 16, 128])
def test_square_is_a_square(rng, size):
    done = SquareMask(size)(GREY, rng)
    assert_covers(done, GREY)
    rows, columns = np.flatnonzero(done.occlusion.any(1)), np.flatnonzero(done.occlusion.any(0))
    assert np.ptp(rows) == np.ptp(columns) == size - 1
    assert done.occlusion.sum() == size**2


def test_squares_reach_every_edge_and_every_size(rng):
    image = np.full((12, 10, 3), 0.5, np.float32)
    done = [SquareMask(Integers(3, 5))(image, rng).occlusion for _ in range(400)]
    assert {mask.sum() for mask in done} == {9, 16, 25}
    ever = np.logical_or.reduce(done)
    assert ever.all()


def test_a_square_larger_than_the_picture_is_an_error(rng):
    with pytest.raises(InputError, match=r"square of 129 pixels .* 128x128; expected"):
        SquareMask(129)(GREY, rng)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.6, 0.9])
def test_irregular_mask_covers_its_share(share):
    for seed in range(10):
        done = IrregularMask(share)(GREY, np.random.default_rng(seed))
        assert_covers(done, GREY)
        assert share <= done.occlusion.mean() < share + 0.05


def test_irregular_mask_is_thick_and_everywhere():
    masks = np.array([IrregularMask(0.3)(GREY, np.random.default_rng(seed)).occlusion for seed in range(100)])
    often = masks.mean(0)
    assert often.min() > 0.05
    assert often.max() < 0.7
    # Thick: most covered pixels have four covered neighbours, unlike scattered ones (about .3^4).
    inner = masks[:, 1:-1, 1:-1]
    neighbours = masks[:, :-2, 1:-1] & masks[:, 2:, 1:-1] & masks[:, 1:-1, :-2] & masks[:, 1:-1, 2:]
    assert neighbours[inner].mean() > 0.75


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (300, 40)])
def test_irregular_mask_on_any_shape(rng, shape):
    image = np.full((*shape, 3), 0.5, np.float32)
    assert IrregularMask(Uniform(0.2, 0.5))(image, rng).occlusion.mean() >= 0.2


def test_given_mask_covers_what_it_was_given(rng):
    for mask in [rng.random((128, 128)) < 0.4, np.zeros((128, 128), bool), np.ones((128, 128), bool)]:
        record = GivenMask.of(mask)
        np.testing.assert_array_equal(record.mask, mask)
        done = record(GREY, rng)
        assert_covers(done, GREY)
        np.testing.assert_array_equal(done.occlusion, mask)


def test_run_lengths_begin_with_an_open_one():
    assert GivenMask.of(np.array([[False, False, True], [True, False, True]])).runs == (2, 2, 1, 1)
    assert GivenMask.of(np.array([[True, False]])).runs == (0, 1, 1)


def test_given_mask_of_another_size_is_an_error(rng):
    with pytest.raises(InputError, match="mask of 64x32 pixels is to cover a picture of 128x128"):
        GivenMask.of(np.zeros((32, 64), bool))(GREY, rng)


@pytest.mark.parametrize("mask", [np.zeros((4, 4)), np.zeros((4, 4, 1), bool), np.zeros((0, 4), bool), [[True]]])
def test_what_is_no_mask_is_an_error(mask):
    with pytest.raises(InputError, match=r"the mask is .*expected bool of shape \(height, width\)"):
        GivenMask.of(mask)


def inside(mask, points):
    return mask[np.rint(points[:, 1]).astype(int), np.rint(points[:, 0]).astype(int)]


def test_the_medical_mask_covers_mouth_and_nostrils_and_not_the_eyes(image, face, rng):
    done = FaceOcclusion("mouth")(image, rng, face)
    assert_covers(done, image)
    assert inside(done.occlusion, face.landmarks[[*range(2, 15), *range(29, 36), *range(48, 68)]]).all()
    assert not inside(done.occlusion, face.landmarks[[*range(17, 27), *range(36, 48)]]).any()


def test_the_glasses_cover_the_eyes_and_not_the_nose_or_mouth(image, face, rng):
    done = FaceOcclusion("eyes")(image, rng, face)
    assert_covers(done, image)
    assert inside(done.occlusion, face.landmarks[36:48]).all()
    assert not inside(done.occlusion, face.landmarks[[*range(17), *range(29, 36), *range(48, 68)]]).any()
    between = (face.landmarks[39:40] + face.landmarks[42:43]) / 2
    assert inside(done.occlusion, between).all()


def test_the_halves_are_the_persons_own_and_make_one_face(image, face, rng):
    left = FaceOcclusion("left-half")(image, rng, face)
    right = FaceOcclusion("right-half")(image, rng, face)
    for done in (left, right):
        assert_covers(done, image)
    assert inside(left.occlusion, face.landmarks[[*range(9, 17), *range(22, 27), *range(42, 48)]]).all()
    assert not inside(left.occlusion, face.landmarks[[*range(8), *range(17, 22), *range(36, 42)]]).any()
    assert inside(right.occlusion, face.landmarks[[*range(8), *range(17, 22), *range(36, 42)]]).all()
    assert not inside(right.occlusion, face.landmarks[[*range(9, 17), *range(22, 27), *range(42, 48)]]).any()
    # The person's left is on the right of a picture that is not mirrored.
    assert np.nonzero(left.occlusion)[1].mean() > np.nonzero(right.occlusion)[1].mean() + 20
    assert (left.occlusion & right.occlusion).sum() < 300
    assert (left.occlusion | right.occlusion).sum() > 6000
    assert inside(left.occlusion | right.occlusion, face.landmarks[17:27] - [0, 20]).all()  # the forehead


@pytest.mark.parametrize("part", ["mouth", "eyes", "left-half", "right-half"])
def test_the_parts_turn_with_the_face(image, face, rng, part):
    """Turned by a right angle, exactly: (x, y) -> (y, 255 - x)."""
    upright = FaceOcclusion(part)(image, rng, face).occlusion
    turned_face = replace(face, landmarks=np.stack([face.landmarks[:, 1], 255 - face.landmarks[:, 0]], 1))
    turned = FaceOcclusion(part)(np.ascontiguousarray(np.rot90(image)), rng, turned_face).occlusion
    assert (np.rot90(upright) ^ turned).sum() <= 0.02 * upright.sum()  # OpenCV's rounding at edges


def test_without_a_face_there_is_nothing_to_place_it_by(image, rng):
    with pytest.raises(FaceNotFound, match="no face was given"):
        FaceOcclusion("mouth")(image, rng)


def test_a_face_outside_the_picture_is_an_error(image, face, rng):
    with pytest.raises(FaceNotFound, match="outside the picture of 256x256"):
        FaceOcclusion("eyes")(image, rng, replace(face, landmarks=face.landmarks + 1000))


@pytest.mark.parametrize("landmarks", [np.zeros((5, 2)), np.full((68, 2), np.nan)])
def test_bad_landmarks_are_an_error(image, face, rng, landmarks):
    with pytest.raises(InputError, match=r"expected 68 finite points"):
        FaceOcclusion("eyes")(image, rng, replace(face, landmarks=landmarks))


@pytest.mark.parametrize(
    "make",
    [
        lambda: SquareMask(0),
        lambda: SquareMask(Uniform(16, 64)),
        lambda: IrregularMask(0),
        lambda: IrregularMask(1),
        lambda: GivenMask(2, 2, (1, 2)),
        lambda: GivenMask(2, 2, (5, -1)),
        lambda: GivenMask(2, 2, (1, 0, 3)),
        lambda: GivenMask(2, 2, ()),
        lambda: GivenMask(2, 2, 4),
        lambda: GivenMask(0, 2, (0,)),
    ],
)
def test_bad_parameters_are_named(make):
    with pytest.raises(InputError, match=r"\w+Mask\.\w+ .*expected"):
        make()


def test_a_mistyped_part_answers_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean left-half"):
        FaceOcclusion("left_half")
