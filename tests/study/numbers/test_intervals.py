import numpy as np
import pytest

from bonaface.study.numbers.intervals import DRAWS, absent, balanced_of, mean_of


def test_mean_and_interval_of_independent_people():
    rng = np.random.default_rng(1)
    values = rng.normal(20, 2, 400)
    found = mean_of(values.tolist(), [str(i) for i in range(400)])
    reach = 1.96 * values.std(ddof=1) / 20
    assert DRAWS >= 2000
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - reach, abs=0.05)
    assert found.high == pytest.approx(values.mean() + reach, abs=0.05)
    assert (found.n, found.people) == (400, 400)


def test_pictures_of_one_person_count_together():
    rng = np.random.default_rng(2)
    of_person = rng.normal(0, 1, 40)
    values = np.repeat(of_person, 10).tolist()
    clustered = mean_of(values, [str(i // 10) for i in range(400)])
    alone = mean_of(values, [str(i) for i in range(400)])
    assert clustered.people == 40
    assert clustered.value == alone.value
    assert clustered.high - clustered.low > 2.5 * (alone.high - alone.low)


def test_few_people_have_the_interval_of_student():
    found = mean_of([1.0, 2.0, 3.0, 4.0], ["a", "b", "c", "d"])
    assert found.low == pytest.approx(2.5 - 3.182446 * 1.290994 / 2, abs=1e-4)


def test_a_share_of_few_people_stays_a_share():
    found = mean_of([1.0, 0.0, 1.0], ["a", "b", "c"], share=True)
    assert (found.low, found.high) == (0, 1)


def test_one_person_has_no_interval():
    found = mean_of([1.0, 3.0], ["a", "a"])
    assert (found.value, found.low, found.high) == (2.0, None, None)
    assert "one person" in found.why


@pytest.mark.parametrize(("value", "low", "high"), [(1.0, 0.025 ** (1 / 30), 1.0), (0.0, 0.0, 1 - 0.025 ** (1 / 30))])
def test_shares_of_all_or_none_have_an_exact_interval(value, low, high):
    found = mean_of([value] * 30, [str(i) for i in range(30)], share=True)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_the_same_numbers_give_the_same_interval():
    values, people = np.arange(50.0).tolist(), [str(i % 20) for i in range(50)]
    assert mean_of(values, people) == mean_of(values, people)


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        mean_of([1.0, float("inf")], ["a", "b"])
    with pytest.raises(ValueError, match="2 values of 1"):
        mean_of([1.0, 2.0], ["a"])


def test_nothing_measured_says_why():
    assert mean_of([], []).value is None
    assert absent("no box").as_dict()["why"] == "no box"


def test_balanced_mean_weighs_classes_alike():
    values = [1.0] * 90 + [0.0] * 10
    classes = ["often"] * 90 + ["rare"] * 10
    people = [str(i) for i in range(100)]
    found = balanced_of(values, classes, people)
    assert found.value == 0.5
    assert (found.low, found.high) == (0.5, 0.5)
    mixed = balanced_of([*values[:-5], *[1.0] * 5], classes, people)
    assert mixed.value == 0.75
    assert mixed.low < 0.75 < mixed.high
