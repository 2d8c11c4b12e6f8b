import random

import cv2
import numpy as np
import pytest

from bonaface.core.errors import FaceNotFound, ImageError, InputError
from bonaface.degrade import RECIPES, from_json, stable_id, to_json
from running import printed

# A change here means that stored results no longer belong to the recipe of that name.
IDS = {
    "study-x4": "4fa7e1669351",
    "study-x8": "34933d6bdb3b",
    "study-x16": "7d9070e04235",
    "study-x32": "817ced204951",
    "gfpgan-paper": "c534502ca53a",
    "gfpgan-code": "6375e80d3c03",
    "s1": "7539f5d424ab",
    "original": "996efdfe2ed6",
    "noisy": "1b26405d8569",
    "noisy-strong": "12bbd6c13ffe",
    "noisy-wrapped": "72fc3bf8236f",
    "denoised": "293c6c60dc20",
    "denoised-strong": "1bd1e706ee25",
    "denoised-wrapped": "16b075c3786c",
    "prouigan-square": "f23a0834008e",
    "prouigan-irregular": "82b49cd62e95",
    "prouigan-square-16": "5d7f6624be5a",
    "prouigan-square-24": "50cc935abdc3",
    "prouigan-square-32": "c6e3a0a54d42",
    "prouigan-square-48": "b8f8a7174d0a",
    "prouigan-square-64": "b2465b131787",
    "occluded-mouth": "ea4bdac4238b",
    "occluded-eyes": "13ca9dba22ec",
    "occluded-left-half": "43a8fee60ad9",
    "occluded-right-half": "bbc152ac5a66",
    "gaussian-smoothed": "3b29f51b6076",
    "motion-blurred": "13e0fd90bf10",
}

SIZES = {"study-x4": 64, "study-x8": 32, "study-x16": 16, "study-x32": 8}
PRO_UIGAN = [name for name in IDS if name.startswith("prouigan")]
recipes = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.id)


def test_ids_are_pinned():
    assert {recipe.id: stable_id(recipe.degradation) for recipe in RECIPES} == IDS


@recipes
def test_json_and_back_is_the_same(recipe):
    assert from_json(to_json(recipe.degradation)) == recipe.degradation


@recipes
def test_recipes_describe_themselves(recipe):
    assert recipe.description.endswith(".")
    assert ". " not in recipe.description
    assert recipe.source.text


@recipes
def test_the_contract(recipe, image, face):
    """Same seed, same result; the input is locked; the output is an image of the promised size."""
    first = recipe.degradation(image, np.random.default_rng(1), face)
    again = recipe.degradation(image, np.random.default_rng(1), face)
    other = recipe.degradation(image, np.random.default_rng(2), face)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.occlusion, again.occlusion)
    assert np.array_equal(first.image, other.image) == (not recipe.random)

    side = 16 if recipe.id in PRO_UIGAN else SIZES.get(recipe.id, 256)
    assert first.image.shape == (side, side, 3)
    assert first.image.dtype == np.float32
    assert first.image.flags.c_contiguous
    assert first.image.min() >= 0
    assert first.image.max() <= 1
    assert first.image.std() > 0.01
    assert not np.shares_memory(first.image, image)
    covers = recipe.id.startswith(("prouigan", "occluded"))
    assert (first.occlusion is not None) == covers
    if covers:
        assert first.occlusion.shape == ((128, 128) if recipe.id in PRO_UIGAN else (256, 256))
        assert first.occlusion.any()


@recipes
def test_global_generators_are_not_read(recipe, image, face):
    made = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        cv2.setRNGSeed(seed)
        random.seed(seed)
        made.append(recipe.degradation(image, np.random.default_rng(1), face).image)
    np.testing.assert_array_equal(*made)


@recipes
def test_only_those_that_say_so_need_a_face(recipe, image, rng):
    if recipe.needs_face:
        with pytest.raises(FaceNotFound, match="no face was given"):
            recipe.degradation(image, rng)
    else:
        assert recipe.degradation(image, rng).image.size


@recipes
@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((64, 64, 3), np.uint8),
        np.zeros((64, 64, 3), np.float64),
        np.zeros((64, 64), np.float32),
        np.full((64, 64, 3), np.nan, np.float32),
        np.full((64, 64, 3), 1.01, np.float32),
        np.zeros((0, 64, 3), np.float32),
        None,
    ],
    ids=["bytes", "doubles", "grey", "nan", "range", "empty", "none"],
)
def test_what_is_no_image_is_refused(recipe, bad, face, rng):
    with pytest.raises(ImageError, match=r"picture to degrade .*expected"):
        recipe.degradation(bad, rng, face)


@pytest.mark.parametrize("name", ["gfpgan-paper", "gfpgan-code", "s1"])
def test_training_degradations_keep_the_size(name, rng):
    image = np.full((100, 70, 3), 0.5, np.float32)
    assert RECIPES[name].degradation(image, rng).image.shape == (100, 70, 3)


@pytest.mark.parametrize("name", PRO_UIGAN)
def test_pro_uigan_is_area_to_128_then_0_then_bilinear_to_16(name, image):
    done = RECIPES[name].degradation(image, np.random.default_rng(5))
    face = image.reshape(128, 2, 128, 2, 3).mean((1, 3))
    face[done.occlusion] = 0
    centres = (np.arange(16) + 0.5) * 8 - 0.5
    weights = np.maximum(0, 1 - np.abs(np.arange(128) - centres[:, None]) / 8)
    weights /= weights.sum(1, keepdims=True)
    expected = np.einsum("ij,jkc,lk->ilc", weights, face, weights, optimize=True)
    np.testing.assert_allclose(done.image, expected, atol=1e-5)


@pytest.mark.parametrize("size", [16, 24, 32, 48, 64])
def test_the_size_series(size, image, rng):
    assert RECIPES[f"prouigan-square-{size}"].degradation(image, rng).occlusion.sum() == size**2


def test_pro_uigan_squares_are_of_16_to_64_pixels(image, rng):
    sides = [RECIPES["prouigan-square"].degradation(image, rng).occlusion.sum() ** 0.5 for _ in range(150)]
    assert 16 <= min(sides) < 22
    assert 58 < max(sides) <= 64
    assert set(sides) <= set(range(16, 65))
    assert len(set(sides)) > 40  # of 49; 150 draws meet 47 of them on average


def test_pro_uigan_wants_an_aligned_face(rng):
    recipe = RECIPES["prouigan-square"].degradation
    with pytest.raises(InputError, match="expected the same shape"):
        recipe(np.zeros((128, 200, 3), np.float32), rng)
    with pytest.raises(InputError, match="by area means"):
        recipe(np.zeros((64, 64, 3), np.float32), rng)


def test_the_released_options_change_colours_and_the_paper_does_not(image):
    """Mean colour is kept by blur, noise and JPEG; the options change it in 51% of the calls (1 - .7^2 and grey)."""

    def share(name):
        moved = 0
        for seed in range(60):
            made = RECIPES[name].degradation(image, np.random.default_rng(seed)).image
            moved += np.abs(made.mean((0, 1)) - image.mean((0, 1))).max() > 0.02
        return moved / 60

    assert share("gfpgan-paper") < 0.1
    assert 0.3 < share("gfpgan-code") < 0.7


@pytest.mark.parametrize("suffix", ["", "-strong", "-wrapped"])
def test_denoised_is_the_noisy_picture_of_the_same_seed_denoised(suffix, image):
    noisy = RECIPES[f"noisy{suffix}"].degradation(image, np.random.default_rng(9)).image
    bgr = np.ascontiguousarray(np.rint(noisy * 255).astype(np.uint8)[..., ::-1])
    expected = cv2.fastNlMeansDenoisingColored(bgr, None, 10, 10, 7, 21)[..., ::-1]
    made = RECIPES[f"denoised{suffix}"].degradation(image, np.random.default_rng(9)).image
    np.testing.assert_array_equal(np.rint(made * 255), expected)


def test_noisy_variants_stand_in_their_order(image, rng):
    error = {
        name: np.abs(RECIPES[name].degradation(image, rng).image - image).mean()
        for name in ("noisy", "noisy-wrapped", "noisy-strong")
    }
    assert error["noisy"] < 0.005 < 0.05 < error["noisy-wrapped"] < 0.2 < error["noisy-strong"]


def test_importing_brings_no_heavy_library():
    script = (
        "import sys, numpy, bonaface.degrade; print(sorted(n for n in ('cv2', 'PIL', 'scipy') if n in sys.modules))"
    )
    assert printed(script).strip() == "[]"
