"""The audit of an edited expression on real photographs, where it is known what it must say."""

import cv2
import numpy as np
import pytest
from skimage.transform import SimilarityTransform

import bonaface
from bonaface.api import Auditor
from bonaface.audit.expressions.rules import Judged, decide
from bonaface.audit.expressions.words import words_of
from bonaface.core.errors import FaceNotFound, InputError, UnknownName
from bonaface.core.expressions import EXPRESSIONS
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Score, Verdict
from bonaface.faces.steady import steady_landmarks
from bonaface.measure.geometry import GROUPS, inter_ocular
from bonaface.measure.movement import STABLE

SIDE = 360
PERSON, OTHER = "117", "036"
"""Both show teeth when they smile; the reader sees happiness then, and neutral before."""


@pytest.fixture(scope="module")
def photos(data, read):
    """By person and "neutral" or "smiling", (SIDE, SIDE, 3) uint8."""
    return {
        (person, kind): read(data / "london" / kind / f"{person}.jpg", SIDE)
        for person in (PERSON, OTHER)
        for kind in ("neutral", "smiling")
    }


@pytest.fixture(scope="module")
def audited(photos):
    """A function from an output (a person and an expression) to its ledger, against PERSON's real smile."""
    auditor, held = Auditor(), {}

    def _audit(person, kind, *, real=True):
        if (person, kind, real) not in held:
            truth = photos[PERSON, "smiling"] if real else None
            held[person, kind, real] = auditor.audit(
                photos[person, kind], truth, neutral=photos[PERSON, "neutral"], target="happy"
            )
        return held[person, kind, real]

    return _audit


def find(ledger, aspect, detail, region=None):
    [found] = [
        each
        for each in ledger.findings
        if (each.aspect, each.detail) == (aspect, detail) and region in (None, each.region)
    ]
    return found


def test_the_real_smile_itself_is_kept(audited):
    ledger = audited(PERSON, "smiling")
    assert ledger.worst(20) == ()
    mouth = find(ledger, Aspect.GEOMETRY, "mouth")
    assert mouth.verdict is Verdict.KEPT
    assert mouth.evidence["share"].value == pytest.approx(1)
    assert mouth.evidence["real-generated"].value == 0
    assert find(ledger, Aspect.EXPRESSION, "teeth").verdict is Verdict.KEPT
    assert find(ledger, Aspect.EXPRESSION, "expression").verdict is Verdict.KEPT
    assert "moved 100% of what the real smile moves it" in ledger.expression["summary"]
    assert ledger.measures["histogram-correlation-real"].value == pytest.approx(1)
    assert ledger.measures["keypoint-matches"].value >= 0.9 * ledger.measures["keypoint-matches:of"].value


def test_the_neutral_picture_itself_is_no_smile(audited):
    ledger = audited(PERSON, "neutral")
    mouth, teeth = find(ledger, Aspect.GEOMETRY, "mouth"), find(ledger, Aspect.EXPRESSION, "teeth")
    assert mouth.verdict is Verdict.LOST
    assert mouth.severity == pytest.approx(1)
    assert mouth.evidence["share"].value == 0
    assert mouth.evidence["neutral-generated"].value == 0
    assert mouth.sentence.startswith("Mouth: its landmarks moved 0% of what the real smile moves them (floor ")
    assert teeth.verdict is Verdict.LOST
    assert teeth.found_by == "parser"
    assert "the teeth of the real smile are missing" in teeth.sentence
    reader = find(ledger, Aspect.EXPRESSION, "expression")
    assert reader.verdict is Verdict.LOST
    assert "the face remains neutral" in reader.sentence
    assert ledger.expression["summary"].startswith(
        "The mouth moved 0% of what the real smile moves it; the teeth of the real smile are missing; the reader sees "
    )
    for detail in ("outside", "embedding"):
        assert {each.verdict for each in ledger.findings if each.detail == detail} == {Verdict.KEPT}


def test_another_persons_smile_turns_the_embedding(audited):
    ledger = audited(OTHER, "smiling")
    found = find(ledger, Aspect.IDENTITY, "embedding")
    assert found.verdict is Verdict.ALTERED
    assert found.score.value > 2 * found.evidence["real:angle"].value
    assert "Not for identification" in found.sentence
    assert "the face embedding turned by" in ledger.expression["summary"]
    assert find(ledger, Aspect.COLOUR, "outside", Region.BACKGROUND).verdict is Verdict.ALTERED


def test_without_a_real_photograph(audited):
    ledger = audited(PERSON, "neutral", real=False)
    mouth, teeth = find(ledger, Aspect.GEOMETRY, "mouth"), find(ledger, Aspect.EXPRESSION, "teeth")
    for finding in (mouth, teeth):
        assert finding.verdict is Verdict.UNDECIDABLE
        assert "no real photograph with that expression was given" in finding.sentence
    assert "did not move beyond the noise" in mouth.sentence
    for name in ("share", "neutral-real", "real-generated", "neutral-real:px"):
        assert mouth.evidence[name].status == "not_applicable"
    assert teeth.score.value is None
    for name in ("keypoint-matches", "histogram-correlation-real", "clip-improvement-share"):
        assert ledger.measures[name].status == "not_applicable"
        assert ledger.measures[name].why
    assert find(ledger, Aspect.EXPRESSION, "expression").verdict is Verdict.LOST  # the reader needs none
    assert find(ledger, Aspect.KEYPOINTS, "jaw").verdict is Verdict.KEPT  # against the neutral picture


def test_differences_by_an_independent_computation(audited, photos, locator):
    """dlib's points and scikit-image's alignment, written plainly."""
    before, after = (photos[PERSON, kind] for kind in ("neutral", "smiling"))
    near = locator.faces(before)[0]
    points = [steady_landmarks(locator, each, locator.same_face(each, near).box) for each in (before, after)]
    stable = list(STABLE)
    theirs = SimilarityTransform.from_estimate(points[1][stable], points[0][stable])
    lengths = np.linalg.norm(theirs(points[1]) - points[0], axis=1)
    ledger = audited(PERSON, "neutral")
    for group, indices in (*GROUPS.items(), ("all", range(68))):
        evidence = find(ledger, Aspect.GEOMETRY, group).evidence
        expected = lengths[list(indices)].mean()
        assert evidence["neutral-real:px"].value == pytest.approx(expected, abs=1e-4)
        assert evidence["neutral-real"].value == pytest.approx(100 * expected / inter_ocular(points[0]), abs=1e-4)
        raw = np.linalg.norm(points[1] - points[0], axis=1)[list(indices)].mean()
        assert evidence["neutral-real:raw"].value == pytest.approx(raw, abs=1e-4)
    assert (
        ledger.measures["landmarks-neutral-real"].value
        == find(ledger, Aspect.GEOMETRY, "all").evidence["neutral-real"].value
    )


def test_floors_stand_beside_every_number_that_is_judged(audited):
    for finding in audited(PERSON, "neutral").findings:
        if finding.score.value is not None:
            assert finding.floor.value is not None, finding.sentence
            assert finding.severity is None or 0 <= finding.severity <= 1


def test_it_says_the_same_again(audited, photos):
    again = bonaface.audit(
        photos[PERSON, "neutral"], photos[PERSON, "smiling"], neutral=photos[PERSON, "neutral"], target="smile"
    )
    first = audited(PERSON, "neutral")
    assert [each.as_dict() for each in again.findings] == [each.as_dict() for each in first.findings]


def test_a_picture_half_as_large_is_told_in_the_neutral_pictures_pixels(audited, photos):
    """As an editor delivers it that works at a size of its own."""
    small = cv2.resize(photos[PERSON, "smiling"], (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA)
    ledger = bonaface.audit(
        small, photos[PERSON, "smiling"], neutral=photos[PERSON, "neutral"], target="happy", floors=False
    )
    mouth, whole = find(ledger, Aspect.GEOMETRY, "mouth"), find(audited(PERSON, "smiling"), Aspect.GEOMETRY, "mouth")
    assert mouth.evidence["neutral-generated:px"].value == pytest.approx(
        whole.evidence["neutral-generated:px"].value, rel=0.1
    )
    assert mouth.evidence["neutral-generated:raw"].why == "the pictures differ in size"
    assert mouth.verdict is Verdict.UNDECIDABLE  # no floors
    assert "no noise floor was computed" in mouth.floor.why


def test_two_people_are_noted(photos):
    """A pair that was put together wrongly is listed, and judged by nobody."""
    ledger = bonaface.audit(
        photos[PERSON, "neutral"],
        photos[OTHER, "smiling"],
        neutral=photos[PERSON, "neutral"],
        target="happy",
        floors=False,
    )
    assert any("make sure that the two belong together" in note for note in ledger.notes)


def test_an_output_without_a_face(astronaut):
    noise = np.random.default_rng(0).integers(0, 255, astronaut.shape, np.uint8)
    ledger = bonaface.audit(noise, neutral=astronaut, target="sad", floors=False)
    assert {finding.verdict for finding in ledger.findings} == {Verdict.UNDECIDABLE}
    assert all(finding.score.why == "no face was found in the output" for finding in ledger.findings)
    assert ledger.expression["summary"] == "No face was found in the output."
    assert any("No face was found in the output" in note for note in ledger.notes)


def test_what_does_not_go_together(astronaut):
    flat = np.full((128, 128, 3), 90, np.uint8)
    for words, message in (
        ({"neutral": astronaut}, "not the expression that was asked for"),
        ({"target": "happy"}, "not the picture that the editor started from"),
        ({"neutral": astronaut, "target": "happy", "observed": astronaut}, "leave the damaged picture"),
        ({"neutral": astronaut, "target": "happy", "control": astronaut}, "leave the control"),
    ):
        with pytest.raises(InputError, match=message):
            bonaface.audit(astronaut, **words)
    with pytest.raises(UnknownName, match="Did you mean"):
        bonaface.audit(astronaut, neutral=astronaut, target="hapy")
    with pytest.raises(FaceNotFound, match="neutral"):
        bonaface.audit(astronaut, neutral=flat, target="happy")
    with pytest.raises(FaceNotFound, match="real photograph"):
        bonaface.audit(astronaut, flat, neutral=astronaut, target="happy", floors=False)


def test_any_expression_has_words():
    assert words_of("happy").real == "the real smile"
    assert words_of("afraid").any == "an afraid face"
    for expression in EXPRESSIONS:
        assert words_of(expression.id).label == expression.label


def judged(score, floor, says=Verdict.LOST, margin=0.0):
    floor = Score.not_applicable("none") if floor is None else Score(floor)
    return Judged("name", Score(score), floor, says, margin=margin)


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ([(0.9, 0.1, Verdict.LOST), (0.05, 0.1, Verdict.INVENTED)], Verdict.LOST),
        ([(0.05, 0.1, Verdict.LOST), (0.4, 0.1, Verdict.INVENTED)], Verdict.INVENTED),
        ([(0.9, 0.1, Verdict.LOST), (0.4, 0.1, Verdict.INVENTED)], Verdict.ALTERED),
        ([(0.05, 0.1, Verdict.LOST), (0.05, 0.1, Verdict.INVENTED)], Verdict.KEPT),
        ([(0.05, 0.6, Verdict.LOST), (0.05, 0.1, Verdict.INVENTED)], Verdict.UNDECIDABLE),
        ([(0.9, None, Verdict.LOST), (0.4, 0.1, Verdict.INVENTED)], Verdict.UNDECIDABLE),
    ],
)
def test_verdicts(numbers, verdict):
    assert decide(tuple(judged(*each) for each in numbers))[0] is verdict


def test_a_margin_lies_over_the_floor():
    assert decide((judged(0.29, 0.1, margin=0.2),))[0] is Verdict.KEPT
    assert decide((judged(0.31, 0.1, margin=0.2),))[0] is Verdict.LOST
    assert decide((judged(0.31, 0.1, margin=0.45),))[0] is Verdict.UNDECIDABLE  # half of it could hide
