"""Promises of every measure in the catalog."""

import inspect

import numpy as np
import pytest

from bonaface.core.cases import Case
from bonaface.core.errors import UnknownName
from bonaface.core.results import Score, Status
from bonaface.measure import MEASURES
from bonaface.measure.record import NotApplicable

EACH = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.id)


@EACH
def test_declared_needs_are_the_parameters(measure):
    assert tuple(inspect.signature(measure.load({})).parameters) == measure.needs
    assert set(measure.needs) <= set(Case.__dataclass_fields__)


@EACH
def test_it_is_described(measure):
    assert inspect.getdoc(measure.load({}))
    assert len(measure.convention) > 20
    assert measure.source.text
    assert measure.better in ("higher", "lower", "neither")
    assert measure.bounds[0] < measure.bounds[1]
    assert measure.version >= 1


@EACH
def test_missing_inputs_are_not_applicable(measure, real_pair):
    score = measure.score(Case(real_pair[0]))
    assert score.status is Status.NOT_APPLICABLE
    assert score.why == "no truth given"
    assert score.unit == measure.unit


@EACH
def test_the_value_is_a_number_within_its_bounds(measure, real_pair):
    score = measure.score(Case(*real_pair))
    assert measure.bounds[0] <= score.value <= measure.bounds[1]
    assert score.unit == measure.unit


@EACH
def test_worse_pictures_score_worse(measure, real_pair):
    truth = real_pair[1]
    mild, strong = (np.clip(truth + (real_pair[0] - truth) * k, 0, 1) for k in (np.float32(0.25), np.float32(1)))
    better, worse = measure.score(Case(mild, truth)).value, measure.score(Case(strong, truth)).value
    assert (better > worse) == (measure.better == "higher")


@EACH
def test_equal_pictures_have_the_best_value(measure, real_pair):
    best = measure.bounds[1 if measure.better == "higher" else 0]
    assert measure.score(Case(real_pair[1], real_pair[1])).value == pytest.approx(best, abs=1e-6)


@EACH
def test_inputs_are_left_alone(measure, real_pair):
    before = [each.copy() for each in real_pair]  # the fixture is locked, too
    measure.score(Case(*real_pair))
    assert all(np.array_equal(a, b) for a, b in zip(before, real_pair, strict=True))


def test_what_a_measure_says_nothing_of_is_not_applicable(real_pair):
    small = [each[:100, :100] for each in real_pair]
    score = MEASURES["ms-ssim"].score(Case(*small))
    assert score == Score.not_applicable("five scales need at least 176 px a side; the picture is 100x100")
    assert issubclass(NotApplicable, Exception)


def test_a_typo_is_answered():
    with pytest.raises(UnknownName, match="Did you mean ssim"):
        MEASURES["sssim"]
