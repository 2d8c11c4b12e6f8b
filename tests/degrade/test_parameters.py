import numpy as np
import pytest

from bonaface.core.errors import InputError
from bonaface.degrade import Choice, GaussianNoise, Integers, Jpeg, Uniform
from bonaface.degrade.parameters import draw, draw_whole


def test_uniform_fills_its_range_evenly(rng):
    drawn = np.array([draw(Uniform(2, 6), rng) for _ in range(4000)])
    assert 2 <= drawn.min() < 2.1
    assert 5.9 < drawn.max() < 6
    assert drawn.mean() == pytest.approx(4, abs=0.1)  # five standard errors


def test_integers_include_both_ends(rng):
    values, counts = np.unique([draw_whole(Integers(3, 6), rng) for _ in range(4000)], return_counts=True)
    assert values.tolist() == [3, 4, 5, 6]
    assert counts.min() > 850


def test_choice_takes_each_value_as_often(rng):
    values, counts = np.unique([draw(Choice((3, 5, 11)), rng) for _ in range(3000)], return_counts=True)
    assert values.tolist() == [3, 5, 11]
    assert counts.min() > 850


def test_a_fixed_number_takes_nothing_from_the_generator(rng):
    before = rng.bit_generator.state
    assert draw(4.5, rng) == 4.5
    assert rng.bit_generator.state == before


def test_numbers_of_numpy_become_plain_ones():
    assert repr(GaussianNoise(np.float64(5))) == repr(GaussianNoise(5)) == "GaussianNoise(sigma=5.0)"
    assert repr(Jpeg(np.int64(70))) == repr(Jpeg(70.0)) == "Jpeg(quality=70)"
    assert Choice([3, np.int32(5)]) == Choice((3, 5))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Uniform(2, 1),
        lambda: Uniform(0, float("inf")),
        lambda: Uniform(float("nan"), 1),
        lambda: Uniform("0", 1),
        lambda: Uniform(False, 1),
        lambda: Integers(1.5, 2),
        lambda: Integers(3, 2),
        lambda: Choice(()),
        lambda: Choice(5),
        lambda: Choice(("a",)),
        lambda: Choice("35"),
    ],
)
def test_bad_ranges_are_named(make):
    with pytest.raises(InputError, match=r"(Uniform|Integers|Choice).*expected"):
        make()


def test_a_message_says_what_was_found_what_was_expected_and_what_to_do():
    with pytest.raises(InputError) as caught:
        Jpeg(Choice((60, 170)))
    assert str(caught.value) == (
        "Jpeg.quality is Choice(values=(60.0, 170.0)); expected a whole number from 1 to 100. Change the 170."
    )
