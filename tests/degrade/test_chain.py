from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from bonaface.core.errors import InputError
from bonaface.degrade import (
    RECIPES,
    AreaDownscale,
    Chain,
    FaceOcclusion,
    GaussianBlur,
    GaussianNoise,
    GivenMask,
    Grey,
    Jpeg,
    OneOf,
    ResizeTo,
    SameSize,
    Sometimes,
    SquareMask,
)

CORNER = np.zeros((128, 128), bool)
CORNER[:32, :64] = True


def given(mask):
    return GivenMask.of(mask)


def test_a_chain_is_its_steps_one_after_another(image):
    steps = (GaussianBlur(kernel=5), AreaDownscale(4), GaussianNoise(5), Jpeg(70))
    expected, generator = image, np.random.default_rng(1)
    for step in steps:
        expected = step(expected, generator).image
    for chain in (Chain(steps), Chain([Chain(steps[:2]), Chain((Chain(steps[2:]),))])):
        np.testing.assert_array_equal(chain(image, np.random.default_rng(1)).image, expected)


def test_the_study_is_the_published_script_up_to_its_rounding(image):
    """S0 III.B written plainly in 8 bits, rounded after each step."""
    bgr = cv2.GaussianBlur(np.rint(image * 255).astype(np.uint8)[..., ::-1].copy(), (5, 5), 0)
    small = cv2.resize(bgr, (64, 64), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(11).standard_normal(small.shape, dtype=np.float32)[..., ::-1] * 5
    noisy = np.rint(np.clip(small + noise, 0, 255)).astype(np.uint8)
    _, file = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 70])
    script = cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1]
    made = RECIPES["study-x4"].degradation(image, np.random.default_rng(11)).image * 255
    # A level before JPEG can be a quantisation step after it, in either direction; all other noise differs by 4 levels.
    assert abs((made - script).mean()) < 0.2
    assert np.abs(made - script).mean() < 1.5
    assert np.abs(RECIPES["study-x4"].degradation(image, np.random.default_rng(12)).image * 255 - script).mean() > 3


def test_a_chain_rounds_only_at_jpeg(image, rng):
    made = Chain((GaussianBlur(kernel=5), AreaDownscale(4), GaussianNoise(5)))(image, rng).image * 255
    assert np.abs(made - np.rint(made)).mean() > 0.2
    jpeg = Jpeg(70)(image, rng).image * 255
    assert np.abs(jpeg - np.rint(jpeg)).max() < 1e-3


def test_occlusions_are_joined(rng):
    grey = np.full((128, 128, 3), 0.5, np.float32)
    done = Chain((given(CORNER), given(CORNER.T)))(grey, rng)
    np.testing.assert_array_equal(done.occlusion, CORNER | CORNER.T)
    assert (done.image[CORNER | CORNER.T] == 0).all()


def test_reducing_a_picture_does_not_reduce_its_mask(rng):
    grey = np.full((128, 128, 3), 0.5, np.float32)
    done = Chain((given(CORNER), ResizeTo(16, 16, "bilinear")))(grey, rng)
    assert done.image.shape == (16, 16, 3)
    np.testing.assert_array_equal(done.occlusion, CORNER)


def test_enlarging_a_picture_enlarges_its_mask(rng):
    grey = np.full((128, 128, 3), 0.5, np.float32)
    done = Chain((given(CORNER), ResizeTo(16, 16, "area"), ResizeTo(512, 512, "bilinear")))(grey, rng)
    np.testing.assert_array_equal(done.occlusion, np.repeat(np.repeat(CORNER, 4, 0), 4, 1))


def test_same_size_brings_picture_and_mask_back(rng):
    grey = np.full((256, 256, 3), 0.5, np.float32)
    done = SameSize(Chain((AreaDownscale(2), given(CORNER), AreaDownscale(4))), "bilinear-plain")(grey, rng)
    assert done.image.shape == (256, 256, 3)
    np.testing.assert_array_equal(done.occlusion, np.repeat(np.repeat(CORNER, 2, 0), 2, 1))


def test_masks_of_two_sizes_are_joined_on_the_finer(rng):
    grey = np.full((256, 256, 3), 0.5, np.float32)
    fine = np.zeros((256, 256), bool)
    fine[201, 203] = True
    done = Chain((given(fine), AreaDownscale(2), given(CORNER)))(grey, rng)
    np.testing.assert_array_equal(done.occlusion, fine | np.repeat(np.repeat(CORNER, 2, 0), 2, 1))


def test_an_odd_enlargement_takes_the_nearest_pixel(rng):
    mask = rng.random((31, 31)) < 0.5  # no centre lies between two pixels when 31 become 45
    done = Chain((given(mask), ResizeTo(45, 45, "bilinear")))(np.full((31, 31, 3), 0.5, np.float32), rng)
    nearest = cv2.resize(mask.astype(np.uint8), (45, 45), interpolation=cv2.INTER_NEAREST_EXACT)
    np.testing.assert_array_equal(done.occlusion, nearest == 1)


def test_landmarks_follow_the_picture(image, face, rng):
    """Covering the reduced picture is reducing the covered one, up to the edge's pixels."""
    small = Chain((AreaDownscale(2), FaceOcclusion("mouth")))(image, rng, face)
    assert small.occlusion.shape == (128, 128)
    full = FaceOcclusion("mouth")(image, rng, face).occlusion
    halved = full.reshape(128, 2, 128, 2).mean((1, 3)) >= 0.5
    assert (halved ^ small.occlusion).sum() < 0.06 * halved.sum()


@dataclass(frozen=True)
class Spy:
    """Keeps the face that it was given."""

    seen: list

    def __call__(self, image, rng, face=None):
        self.seen.append(face)
        return Grey()(image, rng, face)


def test_the_corner_of_the_picture_stays_its_corner(image, face, rng):
    spy = Spy([])
    corner = replace(face, landmarks=np.full((68, 2), -0.5))
    Chain((spy, AreaDownscale(2), spy))(image, rng, corner)
    assert spy.seen[0] is corner
    np.testing.assert_array_equal(spy.seen[1].landmarks, corner.landmarks)
    assert spy.seen[1].box == (43, 38, 87.5, 83)
    assert spy.seen[1].inter_ocular == 0


def test_sometimes_is_applied_in_its_share_of_calls(rng):
    colour = np.full((2, 2, 3), (0.9, 0.5, 0.1), np.float32)
    applied = [np.ptp(Sometimes(Grey(), 0.3)(colour, rng).image) == 0 for _ in range(2000)]
    assert np.mean(applied) == pytest.approx(0.3, abs=0.05)  # five standard errors
    assert np.ptp(Sometimes(Grey(), 1)(colour, rng).image) == 0
    untouched = Sometimes(Grey(), 0)(colour, rng).image
    np.testing.assert_array_equal(untouched, colour)
    assert not np.shares_memory(untouched, colour)


def test_one_of_takes_each_as_often(rng):
    grey = np.full((8, 8, 3), 0.5, np.float32)
    taken = [OneOf((SquareMask(2), SquareMask(4), Grey()))(grey, rng).image.mean() for _ in range(1500)]
    _, counts = np.unique(np.round(taken, 3), return_counts=True)
    assert len(counts) == 3
    assert counts.min() > 400


@pytest.mark.parametrize(
    "make",
    [
        lambda: Chain(()),
        lambda: Chain(Jpeg(70)),
        lambda: Chain((Jpeg,)),
        lambda: Chain((Jpeg(70), "jpeg")),
        lambda: Chain((lambda image, rng, face=None: image,)),
        lambda: OneOf(()),
        lambda: SameSize(70, "area"),
        lambda: Sometimes(None, 0.5),
        lambda: Sometimes(Grey(), 1.1),
    ],
)
def test_bad_steps_are_named(make):
    with pytest.raises(InputError, match=r"(Chain|OneOf|SameSize|Sometimes).* expected"):
        make()


def test_a_mistyped_method_answers_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean lanczos"):
        SameSize(Grey(), "lancos")
