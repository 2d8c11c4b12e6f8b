import itertools

import pytest

from bonaface.audit.compare import Key
from bonaface.audit.ledger import RULES, findings, floors_of, judge, not_applicable_findings, severity
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Score, Verdict

TWO_SIDED = {Aspect.TEXTURE: ("invented-share", "lost-share"), Aspect.KEYPOINTS: ("unmatched-share", "missing-share")}
ONE_SIDED = {Aspect.GEOMETRY: "shift", Aspect.COLOUR: "ciede2000", Aspect.IDENTITY: "angle"}
LEVELS = (None, 0.0, 0.1, 0.29, 0.3, 0.5, 1.0)


def score(value, unit="share"):
    return Score.not_applicable("nothing to measure", unit) if value is None else Score(value, unit)


@pytest.mark.parametrize("pixels", [0, 63, 64, 10_000])
@pytest.mark.parametrize("aspect", TWO_SIDED, ids=str)
def test_every_combination_of_two_scores_and_two_floors(aspect, pixels):
    first, second = TWO_SIDED[aspect]
    key = Key(Region.NOSE, aspect, "fine")
    for invented, lost, floor_i, floor_l in itertools.product(LEVELS, repeat=4):
        found, name = judge(
            key,
            {first: score(invented), second: score(lost)},
            {first: score(floor_i), second: score(floor_l)},
            pixels,
        )
        know_i, know_l = None not in (invented, floor_i), None not in (lost, floor_l)
        above_i, above_l = know_i and invented > floor_i, know_l and lost > floor_l
        floors = [floor for floor, know in ((floor_i, know_i), (floor_l, know_l)) if know]
        if not floors or pixels < 64:
            expected = Verdict.UNDECIDABLE
        elif above_i and above_l:
            expected = Verdict.ALTERED
        elif above_i:
            expected = Verdict.INVENTED
        elif above_l:
            expected = Verdict.LOST
        elif max(floors) < 0.3:
            expected = Verdict.KEPT
        else:
            expected = Verdict.UNDECIDABLE
        case = (invented, lost, floor_i, floor_l)
        assert found is expected, case
        if expected is Verdict.INVENTED:
            assert name == first, case
        if expected is Verdict.LOST:
            assert name == second, case
        if expected is Verdict.ALTERED:
            worse = (invented - floor_i) / (1 - floor_i) >= (lost - floor_l) / (1 - floor_l)
            assert name == (first if worse else second), case
        if expected is Verdict.UNDECIDABLE and floors and pixels >= 64:
            # The number that the sentence gives as the reason is the floor that is too high.
            assert (floor_i if name == first else floor_l) >= 0.3, case


@pytest.mark.parametrize("aspect", ONE_SIDED, ids=str)
def test_every_combination_of_one_score_and_its_floor(aspect):
    name, full = ONE_SIDED[aspect], RULES[aspect].scale
    key = Key(Region.NOSE, aspect, "x")
    for value, floor, pixels in itertools.product(LEVELS, LEVELS, (63, 64)):
        scaled = [None if v is None else v * full for v in (value, floor)]
        found, which = judge(key, {name: score(scaled[0])}, {name: score(scaled[1])}, pixels)
        assert which == name
        if None in (value, floor) or pixels < 64:
            assert found is Verdict.UNDECIDABLE
        elif value > floor:
            assert found is Verdict.ALTERED
        else:
            assert found is (Verdict.KEPT if floor < 0.3 else Verdict.UNDECIDABLE)


def test_added_asymmetry_is_invented():
    key = Key(Region.LEFT_EYE, Aspect.ASYMMETRY, "gaze")
    assert judge(key, {"added": Score(5.0)}, {"added": Score(1.0)}, 100) == (Verdict.INVENTED, "added")
    assert judge(key, {"added": Score(1.0)}, {"added": Score(1.0)}, 100) == (Verdict.KEPT, "added")


@pytest.mark.parametrize("aspect", Aspect, ids=str)
def test_without_floors_nothing_is_decided(aspect):
    rule = RULES[aspect]
    scores = {name: Score(0.9) for name in (rule.invented, rule.lost, rule.altered) if name}
    assert judge(Key(Region.NOSE, aspect, "x"), scores, {}, 1000)[0] is Verdict.UNDECIDABLE


def test_scores_beyond_full_scale_count_as_full():
    key = Key(Region.NOSE, Aspect.COLOUR, "ciede2000")
    assert judge(key, {"ciede2000": Score(130.0)}, {"ciede2000": Score(120.0)}, 100)[0] is Verdict.UNDECIDABLE


@pytest.mark.parametrize(
    ("value", "floor", "expected"),
    [(0.5, 0.0, 0.5), (0.5, 0.2, 0.375), (1.0, 0.9, 1.0), (0.2, 0.2, 0.0), (0.1, 0.2, 0.0), (1.0, 1.0, 0.0)],
)
def test_severity(value, floor, expected):
    assert severity(value, floor) == pytest.approx(expected)


def test_the_floor_is_the_largest_of_all_variants():
    key = Key(Region.NOSE, Aspect.TEXTURE, "fine")
    variants = [
        {key: {"a": Score(0.1), "b": score(None), "c": score(None)}},
        {key: {"a": Score(0.4), "b": Score(0.2), "c": score(None)}},
        {key: {"a": Score(0.3), "b": score(None), "c": score(None)}},
    ]
    (floors,) = floors_of(variants).values()
    assert floors["a"].value == 0.4
    assert floors["b"].value == 0.2
    assert floors["c"].value is None


def test_findings_are_sorted_and_carry_their_evidence():
    bad, good = Key(Region.NOSE, Aspect.TEXTURE, "fine"), Key(Region.CHEEKS, Aspect.TEXTURE, "fine")
    small = Key(Region.LEFT_EYE, Aspect.TEXTURE, "fine")
    readings = {
        good: {"invented-share": Score(0.05, "share"), "lost-share": Score(0.05, "share")},
        small: {"invented-share": Score(0.9, "share"), "lost-share": Score(0.9, "share")},
        bad: {"invented-share": Score(0.8, "share"), "lost-share": Score(0.4, "share")},
    }
    floors = {key: {name: Score(0.2, "share") for name in scores} for key, scores in readings.items()}
    controls = {"bicubic": {bad: {"invented-share": Score(0.1, "share"), "lost-share": Score(0.7, "share")}},
                "other-face": "none was given"}  # fmt: skip
    pixels = {Region.NOSE: 500, Region.CHEEKS: 500, Region.LEFT_EYE: 10}
    found = findings(readings, floors, controls, pixels)
    assert [each.region for each in found] == [Region.NOSE, Region.CHEEKS, Region.LEFT_EYE]
    assert [each.verdict for each in found] == [Verdict.ALTERED, Verdict.KEPT, Verdict.UNDECIDABLE]
    first = found[0]
    assert first.severity == pytest.approx(0.75)
    assert (first.score.value, first.floor.value) == (0.8, 0.2)
    assert first.evidence["floor:lost-share"].value == 0.2
    assert first.evidence["bicubic:lost-share"].value == 0.7
    assert first.evidence["other-face:invented-share"].why == "none was given"
    assert found[1].severity == 0
    assert found[2].severity is None


def test_without_a_truth_each_aspect_says_why():
    found = not_applicable_findings("no truth was given")
    assert {each.aspect for each in found} == set(Aspect)
    assert all(each.verdict is Verdict.UNDECIDABLE for each in found)
    assert found[0].sentence == "Whole face: nothing can be said of its texture: no truth was given."
