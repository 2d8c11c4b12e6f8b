import numpy as np
import pytest

from bonaface.study.numbers.dependency import SIDE, apart, dependency, pattern


def faces(count, seed=0):
    """Smooth pictures of 128 px that share a common one, as faces do."""
    rng = np.random.default_rng(seed)
    common = rng.random((8, 8, 3))
    own = [0.6 * common + 0.4 * rng.random((8, 8, 3)) for _ in range(count)]
    return [np.kron(each, np.ones((16, 16, 1))).astype(np.float32) for each in own]


def patterns(images):
    return {str(number): pattern(image) for number, image in enumerate(images)}


PEOPLE = {str(number): f"p{number}" for number in range(8)}


def test_a_pattern_knows_no_brightness_contrast_or_colour():
    image = faces(1)[0]
    plain = pattern(image)
    assert plain.shape == (SIDE * SIDE,)
    assert plain.mean() == pytest.approx(0, abs=1e-9)
    assert plain.std() == pytest.approx(1)
    np.testing.assert_allclose(pattern(image * np.float32(0.5) + np.float32(0.3)), plain, atol=1e-4)
    assert pattern(np.full((64, 64, 3), 0.4, np.float32)) is None


def test_the_distance_is_that_of_correlation():
    first, second = (pattern(image) for image in faces(2))
    r = np.corrcoef(first, second)[0, 1]
    assert apart(first, second) == pytest.approx(np.sqrt(2 * (1 - r)))
    assert apart(first, -first) == pytest.approx(2)
    assert apart(first, first) == 0


def test_an_editor_that_follows_the_face_has_none():
    clean = patterns(faces(6))
    assert dependency(clean, clean, PEOPLE) == dict.fromkeys(clean, 0.0)


def test_an_editor_that_follows_the_request_alone_has_one():
    """Its outputs from noise are somebody, but nobody in particular: as unlike one person as another."""
    clean, anybody = patterns(faces(8)), patterns(faces(16, seed=1)[8:])
    found = dependency(anybody, clean, PEOPLE)
    assert np.mean(list(found.values())) == pytest.approx(1, abs=0.06)


def test_the_more_is_lost_of_a_person_the_higher():
    images, others = faces(8), faces(16, seed=1)[8:]
    means = []
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        mixed = [(1 - share) * a + share * b for a, b in zip(images, others, strict=True)]
        found = dependency(patterns([each.astype(np.float32) for each in mixed]), patterns(images), PEOPLE)
        means.append(float(np.mean(list(found.values()))))
    assert means == sorted(means)


def test_noise_of_single_pixels_counts_little():
    """An editor that hands noise on still follows the face."""
    images, rng = faces(6), np.random.default_rng(2)
    noisy = [np.clip(each + rng.normal(0, 0.1, each.shape), 0, 1).astype(np.float32) for each in images]
    assert max(dependency(patterns(noisy), patterns(images), PEOPLE).values()) < 0.25


def test_pictures_of_one_person_are_no_strangers():
    clean = patterns(faces(2))
    assert dependency(clean, clean, {"0": "anna", "1": "anna"}) == {}
    assert dependency(clean, {"0": clean["0"]}, PEOPLE) == {}, "face 1 has no reference, face 0 no strangers"
