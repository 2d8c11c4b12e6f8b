"""Promises of every measure in the catalog."""

import inspect

import cv2
import numpy as np
import pytest

from bonaface.core.cases import Case
from bonaface.core.errors import UnknownName
from bonaface.core.results import Score, Status
from bonaface.io.weights import find_weights
from bonaface.measure import AUDITED, MEASURES
from bonaface.measure.naturalness import FACES, PUBLISHED, read_model
from bonaface.measure.record import NotApplicable

FETCHED = [measure.id for measure in MEASURES if measure.modules]
"""Measures that need PyTorch: they are tried with random weights in files of their own. Other networks that come with
no package are tried here through stand-ins (conftest.py)."""
HERE = [measure for measure in MEASURES if measure.id not in FETCHED]


def _each(measures):
    return pytest.mark.parametrize("measure", measures, ids=lambda measure: measure.id)


EVERY, EACH, COMPARING = _each(MEASURES), _each(HERE), _each([measure for measure in HERE if "truth" in measure.given])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory, made_weights):
    """The function of a measure, loaded once; what comes with no package by stand-ins that are made here."""
    model = read_model(find_weights(FACES))
    made = tmp_path_factory.mktemp("niqe") / PUBLISHED.name
    np.savez(made, mu_pris_param=model.mean[None], cov_pris_param=model.covariance)
    stand_ins, held = {PUBLISHED.name: made, **made_weights}, {}

    def _loaded(measure):
        if measure.id not in held:
            files = {card.name: stand_ins.get(card.name) or find_weights(card) for card in measure.weights}
            held[measure.id] = measure.load(files)
        return held[measure.id]

    return _loaded


@pytest.fixture(scope="module")
def cases(locator, real_pair):
    """Four outputs of one truth, with everything that a measure may need."""
    truth = real_pair[1]
    near = locator.faces(np.rint(255 * truth).astype(np.uint8))[0]
    observed = cv2.resize(truth, (128, 128), interpolation=cv2.INTER_AREA)
    mild = np.clip(truth + (real_pair[0] - truth) * np.float32(0.25), 0, 1)

    def _case(output):
        faces = {
            role: locator.same_face(np.rint(255 * image).astype(np.uint8), near)
            for role, image in (("output", output), ("truth", truth), ("neutral", truth))
        }
        return Case(output, truth, observed, truth, target="happiness", faces=faces)

    return {"mild": _case(mild), "strong": _case(real_pair[0]), "equal": _case(truth)}


@pytest.fixture(scope="module")
def case(cases):
    return cases["strong"]


@EACH
def test_declared_needs_are_the_parameters(measure, loaded):
    assert tuple(inspect.signature(loaded(measure)).parameters) == measure.needs
    assert set(measure.needs) <= set(Case.__dataclass_fields__)
    assert set(measure.given) <= set(Case.__dataclass_fields__) - {"faces"}
    assert not measure.faces or "faces" in measure.needs


@EACH
def test_its_function_is_described(measure, loaded):
    assert inspect.getdoc(loaded(measure))


def test_most_measures_are_tried_here():
    assert len(HERE) >= 21


@EVERY
def test_it_is_described(measure):
    assert len(measure.convention) > 20
    assert measure.source.text
    assert measure.implementation
    assert measure.licence
    assert measure.better in ("higher", "lower", "neither")
    assert measure.bounds[0] < measure.bounds[1]
    assert measure.version >= 1
    assert measure.scope in ("case", "set")
    assert bool(measure.modules) == bool(measure.install)
    assert all(card.licence and card.training_data and (card.urls or card.package) for card in measure.weights)


@COMPARING
def test_missing_inputs_are_not_applicable(measure, real_pair, loaded):
    score = measure.scores(Case(real_pair[0]), loaded(measure))[""]
    assert score == Score.not_applicable("no truth given", measure.unit)


@EACH
def test_the_value_is_a_number_within_its_bounds(measure, case, loaded):
    scores = measure.scores(case, loaded(measure))
    assert scores[""].status is Status.OK
    assert measure.bounds[0] <= scores[""].value <= measure.bounds[1]
    assert scores[""].unit == measure.unit
    assert all(isinstance(score, Score) for score in scores.values())


@EACH
def test_where_a_face_is_missing_it_says_so(measure, real_pair, loaded):
    if not measure.faces:
        pytest.skip("it reads no face")
    bare = Case(*real_pair, neutral=real_pair[1], target="happiness")
    assert measure.scores(bare, loaded(measure))[""].why.startswith("no face was found in the ")


@COMPARING
def test_worse_pictures_score_worse(measure, cases, loaded):
    values = [measure.scores(cases[each], loaded(measure))[""].value for each in ("mild", "strong")]
    if measure.id == "attribute-agreement":  # what is seen does not change with a little noise
        assert values[0] >= values[1]
    else:
        assert (values[0] > values[1]) == (measure.better == "higher")


@COMPARING
def test_equal_pictures_have_the_best_value(measure, cases, loaded):
    best = measure.bounds[1 if measure.better == "higher" else 0]
    assert measure.scores(cases["equal"], loaded(measure))[""].value == pytest.approx(best, abs=1e-5)


@EACH
def test_inputs_are_left_alone(measure, real_pair, case, loaded):
    before = [each.copy() for each in real_pair]  # the fixture is locked, too
    measure.scores(case, loaded(measure))
    assert all(np.array_equal(a, b) for a, b in zip(before, real_pair, strict=True))


def test_what_a_measure_says_nothing_of_is_not_applicable(real_pair):
    small = [each[:100, :100] for each in real_pair]
    score = MEASURES["ms-ssim"].score(Case(*small))
    assert score == Score.not_applicable("five scales need at least 176 px a side; the picture is 100x100")
    assert issubclass(NotApplicable, Exception)


def test_ledgers_list_what_they_always_did():
    assert [m.id for m in AUDITED] == [
        *("psnr", "rmse", "ssim", "ssim-y", "ms-ssim", "histogram-correlation", "ciede2000"),
    ]


def test_a_typo_is_answered():
    with pytest.raises(UnknownName, match="Did you mean ssim"):
        MEASURES["sssim"]
