from dataclasses import replace

import numpy as np
import pytest

from bonaface.measure.attributes import DRIFTS, NAMES
from bonaface.study.costs import direction, named
from bonaface.study.costs.direction import AS_CONTROL, CHANCE, EVERYONE, FEW, FLOOR, IS_CONTROL, LESS, MORE, UNJUDGED
from bonaface.study.costs.downstream import ALL
from bonaface.study.costs.shifts import LIGHTNESS, QUANTITIES, Moved, band, strata
from bonaface.study.numbers.columns import means_of, p_values
from bonaface.study.numbers.intervals import mean_of
from bonaface.study.numbers.statistics import benjamini_hochberg, paired
from made_looks import look


@pytest.mark.parametrize("people", [3, 9, 10, 40])
def test_columns_are_what_they_are_one_by_one(people):
    rng = np.random.default_rng(people)
    whose = [f"p{i}" for i in rng.integers(0, people, 5 * people)] + [f"p{i}" for i in range(people)]
    values = rng.normal(0.3, 1, (len(whose), 4))
    values[:, 2] = 0.25  # all alike
    values[:, 3] = 0.0
    for column, (estimate, p) in enumerate(
        zip(means_of(values, whose, draws=300), p_values(values, whose), strict=True)
    ):
        alone = mean_of(values[:, column].tolist(), whose, draws=300)
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx((alone.value, alone.low, alone.high))
        assert (estimate.n, estimate.people) == (alone.n, alone.people)
        held = {(person, str(i)): value for i, (person, value) in enumerate(zip(whose, values[:, column], strict=True))}
        assert p == pytest.approx(paired(held, dict.fromkeys(held, 0.0), draws=10).p)


def test_columns_of_one_person_or_none():
    assert p_values(np.ones((2, 1)), ["a", "a"]) == [None]
    assert means_of(np.ones((2, 1)), ["a", "a"])[0].why == "one person only: no interval"
    assert means_of(np.zeros((0, 2)), [])[1].value is None
    with pytest.raises(ValueError, match="not finite"):
        means_of(np.array([[np.nan]]), ["a"])
    with pytest.raises(ValueError, match="1 rows of 2"):
        means_of(np.ones((1, 1)), ["a", "b"])


def people(count=20, **restorers):
    """Truths at even odds; harmless variants that move by 0.01; outputs that move as `restorers` says, by 0.02 more or
    less from person to person."""
    rng = np.random.default_rng(0)
    seen = []
    for number in range(count):
        name = f"f{number:02}"
        groups = {"gender": "female" if number % 2 else "male"}
        seen.append(look(name, groups=groups))
        seen.append(look(name, variant="JPEG 95", Young=0.51, Smiling=0.5 + 0.001 * (number % 3)))
        for restorer, moves in restorers.items():
            wobble = rng.uniform(-0.02, 0.02)
            moved = {k: 0.5 + (move(groups["gender"]) if callable(move) else move) + wobble for k, move in moves.items()
                     if k != "skin"}  # fmt: skip
            seen.append(
                look(name, name, restorer, "d", groups=groups, invents=restorer not in ("bicubic", "lanczos"),
                     skin=60 + moves.get("skin", 0) + wobble, **moved)
            )  # fmt: skip
    return seen


def changed(seen, restorer, quantity, group=EVERYONE, degradation="d"):
    return next(
        one
        for one in direction.changes(seen, draws=200)
        if (one.restorer, one.quantity, one.group, one.degradation) == (restorer, quantity, group, degradation)
    )


def test_a_shift_is_output_less_truth():
    seen = people(m={"Young": 0.2}, bicubic={})
    found = changed(seen, "m", "Young")
    values = [one.attributes[NAMES.index("Young")] - 0.5 for one in seen if one.restorer == "m"]
    expected = mean_of(values, [one.person for one in seen if one.restorer == "m"], draws=200)
    assert (found.shift.value, found.shift.low, found.shift.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )
    assert found.floor == pytest.approx(0.01)
    assert found.beyond.value == pytest.approx(found.shift.value)
    assert found.control == "bicubic"
    assert found.verdict == MORE
    assert changed(seen, "m", "Blurry").verdict == UNJUDGED
    assert changed(seen, "bicubic", "Young").verdict == IS_CONTROL


@pytest.mark.parametrize(
    ("move", "bicubic", "said"),
    [
        (0.2, 0.0, MORE),
        (-0.2, 0.0, LESS),
        (0.2, 0.2, AS_CONTROL),
        (0.2, 0.3, AS_CONTROL),
        (0.3, 0.2, MORE),
        (-0.1, 0.2, LESS),
        (0.004, 0.0, CHANCE),
    ],
)
def test_an_effect_has_to_exceed_the_control(move, bicubic, said):
    assert changed(people(m={"Young": move}, bicubic={"Young": bicubic}), "m", "Young").verdict == said


def test_an_effect_has_to_exceed_every_control():
    """Lanczos paints nothing either: what it does to a reader is no restorer's doing."""
    seen = people(m={"Young": -0.2}, bicubic={"Young": 0.0}, lanczos={"Young": -0.3})
    found = changed(seen, "m", "Young")
    assert (found.control, found.verdict) == ("lanczos", AS_CONTROL)
    assert changed(seen, "lanczos", "Young").verdict == IS_CONTROL


def test_an_effect_has_to_exceed_the_readers_floor():
    steady = [replace(one, attributes=np.where(np.arange(40) == NAMES.index("Young"), 0.509, 0.5))
              if one.restorer == "m" else one for one in people(m={}, bicubic={})]  # fmt: skip
    found = changed(steady, "m", "Young")
    assert found.p == 0.0  # everybody by the same
    assert found.verdict == FLOOR


def test_without_a_control_the_readers_floor_is_all():
    found = changed(people(m={"Young": 0.2}), "m", "Young")
    assert (found.control, found.beyond, found.verdict) == ("", None, MORE)


def test_one_person_is_too_few():
    assert changed(people(1, m={"Young": 0.4}, bicubic={}), "m", "Young").verdict == FEW


def test_benjamini_hochberg_over_what_is_judged_in_a_family():
    seen = people(m={"Young": 0.2}, k={"Smiling": 0.02}, bicubic={})
    family = [
        one
        for one in direction.changes(seen, draws=50)
        if one.group == EVERYONE and not one.is_control and one.quantity in direction.JUDGED
    ]
    assert len(family) == 2 * (len(DRIFTS) + 1)
    assert [one.q for one in family] == pytest.approx(benjamini_hochberg([one.p for one in family]))


def test_answers_turn_around_by_more_than_the_margin():
    truths = [look(name, Eyeglasses=0.4) for name in ("a", "b", "c", "d")]
    outputs = [look(name, name, "m", "d", Eyeglasses=p)
               for name, p in (("a", 0.9), ("b", 0.6), ("c", 0.1), ("d", 0.66))]  # fmt: skip
    found = changed([*truths, *outputs], "m", "Eyeglasses")
    assert (found.turned_on, found.turned_off) == (0.5, 0.0)  # b crosses one half by too little, c does not cross
    assert changed([*truths, *outputs], "m", LIGHTNESS).turned_on is None


def test_lightness_is_counted_where_there_is_skin():
    seen = [*(look(name) for name in "abc"), look("a", "a", "m", "d", skin=62), look("b", "b", "m", "d", skin=64),
            look("c", "c", "m", "d", skin=None)]  # fmt: skip
    found = changed(seen, "m", LIGHTNESS).shift
    assert (found.value, found.n) == (3, 2)


def test_groups_are_told_apart():
    seen = people(40, m={"Young": lambda gender: 0.3 if gender == "female" else 0.0}, bicubic={})
    assert changed(seen, "m", "Young", ("gender", "female"), ALL).verdict == MORE
    assert changed(seen, "m", "Young", ("gender", "male"), ALL).verdict == CHANCE
    assert changed(seen, "m", "Young", ("gender", "female"), ALL).shift.people == 20


def test_ages_are_bands_and_numbers_no_groups():
    assert [band("age", age) for age in ("0", "13", "20", "59", "60", "101", "old")] == [
        "0 to 12", "13 to 19", "20 to 39", "40 to 59", "60 and over", "60 and over", "old",
    ]  # fmt: skip
    faces = [look(f"f{i}", groups={"age": str(5 * i), "pose": str(i), "sex": "f"}) for i in range(20)]
    assert set(strata(faces)) == {"age"}


def test_pictures_are_compared_with_their_own_truth_and_control():
    seen = [look("a", Young=0.2), look("b", Young=0.8), look("a", "a", "bicubic", "d", Young=0.3, invents=False),
            look("b", "b", "m", "d", Young=0.9), look("c", "c", "m", "d", Young=0.9)]  # fmt: skip
    moved = Moved.of([one for one in seen if one.restorer], [one for one in seen if not one.restorer])
    assert [one.face for one in moved.seen] == ["a", "b"]  # c has no truth that was read
    assert moved.values[:, QUANTITIES.index("Young")] == pytest.approx([0.1, 0.1])
    values, whose = moved.where(restorer="m").less(moved, "bicubic")
    assert (values.shape, whose) == ((0, len(QUANTITIES)), [])


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        ({"Young": 0.2}, {"younger": "yes"}),
        ({"Young": -0.2}, {"younger": "the opposite"}),
        ({"Pale_Skin": 0.2}, {"lighter skin": "in part"}),
        ({"Pale_Skin": 0.2, "skin": 3}, {"lighter skin": "yes"}),
        ({"Pale_Skin": 0.2, "skin": -3}, {"lighter skin": "in part"}),
        ({"Straight_Hair": 0.2, "Wavy_Hair": -0.2}, {"straighter hair": "yes"}),
        ({"Straight_Hair": 0.2, "Wavy_Hair": 0.2}, {"straighter hair": "in part"}),
        ({"Straight_Hair": -0.2, "Wavy_Hair": 0.2}, {"straighter hair": "the opposite"}),
        ({"Wearing_Lipstick": 0.2}, {"more make-up": "yes"}),
        ({"Wearing_Lipstick": 0.2, "Heavy_Makeup": -0.2}, {"more make-up": "in part"}),
        ({}, {"younger": "no", "lighter skin": "no", "straighter hair": "no", "more make-up": "no"}),
    ],
)
def test_named_directions_need_their_parts(moves, said):
    rows = list(named.named(direction.changes(people(m=moves, bicubic={}), draws=200)))
    held = {row["direction"]: row["verdict"] for row in rows if row["restorer"] == "m" and not row["group"]}
    assert {name: held[name] for name in said} == said
    assert {row["verdict"] for row in rows if row["restorer"] == "bicubic"} == {IS_CONTROL}


def test_the_parts_of_directions_are_judged():
    assert {part for parts, _ in named.NAMED.values() for part in parts} <= direction.JUDGED
