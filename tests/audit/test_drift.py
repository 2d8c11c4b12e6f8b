"""Attribute drift, expressions, and the regions that the parser finds; with readers whose answers are known."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from bonaface.audit.compare import Key
from bonaface.audit.drift import part_notes, reader_rates, turned
from bonaface.audit.framing import register
from bonaface.audit.ledger import DRIFT_MARGIN, RULES, judge
from bonaface.audit.scene import parse_truth, set_scene
from bonaface.audit.sentences import sentence
from bonaface.audit.with_truth import examine, prepare
from bonaface.core.regions import PARSED, Region
from bonaface.core.results import Aspect, Score, Verdict
from bonaface.faces import parse
from bonaface.measure import attributes, expression
from bonaface.measure.reading import AttributeErrors, ExpressionErrors, Rate

GLASSES = Key(Region.GLASSES, Aspect.ATTRIBUTES, "glasses")


def probability(value):
    return Score(value, "probability")


def seen(real, mine):
    return {"change": probability(abs(mine - real)), "in-truth": probability(real), "in-output": probability(mine)}


def felt(real, mine):
    """Two expressions, each with 0.65 of the probability."""
    scores = {"change": probability(0.0 if real == mine else 0.6)}
    for where, label in (("in-truth", real), ("in-output", mine)):
        scores |= {f"{where}:{name}": probability(0.65 if name == label else 0.05) for name in expression.NAMES}
    return scores


@pytest.mark.parametrize(
    ("real", "mine", "expected"),
    [(0.1, 0.9, Verdict.INVENTED), (0.9, 0.1, Verdict.LOST), (0.1, 0.49, None), (0.5, 0.99, None),
     (0.49, 0.5, Verdict.INVENTED), (0.5, 0.4999, Verdict.LOST)],
)  # fmt: skip
def test_what_a_reading_turned_into(real, mine, expected):
    assert turned(seen(real, mine)) is expected


def test_another_expression_is_altered():
    assert turned(felt("fear", "happiness")) is Verdict.ALTERED
    assert turned(felt("fear", "fear")) is None


@pytest.mark.parametrize("floor", [0.0, 0.1, 0.29, 0.3, 0.8])
def test_a_change_counts_beyond_its_floor_and_a_margin(floor):
    for real, mine in ((0.02, 0.98), (0.98, 0.02), (0.4, 0.6), (0.45, 0.55), (0.1, 0.45), (0.9, 0.9)):
        verdict, name = judge(GLASSES, seen(real, mine), {"change": probability(floor)}, 1000)
        assert name == "change"
        crossed = (real >= 0.5) != (mine >= 0.5)
        if floor >= 0.3:
            assert verdict is Verdict.UNDECIDABLE
        elif not crossed:
            assert verdict is Verdict.KEPT
        elif abs(mine - real) > floor + DRIFT_MARGIN:
            assert verdict is (Verdict.INVENTED if mine >= 0.5 else Verdict.LOST)
        else:
            assert verdict is Verdict.UNDECIDABLE


def test_readings_without_a_number_or_a_floor_decide_nothing():
    none = {"change": Score.not_applicable("no face was found", "probability")}
    assert judge(GLASSES, none, {"change": probability(0.0)}, 1000)[0] is Verdict.UNDECIDABLE
    assert judge(GLASSES, seen(0.1, 0.9), {}, 1000)[0] is Verdict.UNDECIDABLE
    assert judge(GLASSES, seen(0.1, 0.9), {"change": none["change"]}, 1000)[0] is Verdict.UNDECIDABLE


def said(verdict, scores, key=GLASSES, **more):
    evidence = scores | {"floor:change": probability(0.02)} | more
    return sentence(key, verdict, "change", evidence, 1000)


RATES = {
    "miss-rate": Score(0.04, "share"),
    "miss-rate:low": Score(0.0, "share"),
    "miss-rate:high": Score(0.21, "share"),
    "false-rate": Score(0.012, "share"),
}
RECALLS = {"recall:happiness": Score(0.84, "share"), "recall:fear": Score(0.0, "share")}
FACE = Key(Region.WHOLE_FACE, Aspect.EXPRESSION, "expression")


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (
            "Glasses: the reader sees glasses in the output (97% likely) and not in the real photograph (3%; floor "
            "2%). It misses 4% (0% to 21%) of those that are there, and sees 1% that are not.",
            said(Verdict.INVENTED, seen(0.03, 0.97), **RATES),
        ),
        (
            "Glasses: the reader sees glasses in the real photograph (97% likely) and not in the output (3%; floor "
            "2%). How often it errs is not measured yet.",
            said(Verdict.LOST, seen(0.97, 0.03), **{"miss-rate": Score.not_applicable("not measured", "share")}),
        ),
        (
            "Glasses: the reader sees glasses in neither picture (3% and 4% likely; floor 2%).",
            said(Verdict.KEPT, seen(0.03, 0.04)),
        ),
        (
            "Glasses: the reader sees glasses in both pictures (93% and 64% likely; floor 2%).",
            said(Verdict.KEPT, seen(0.93, 0.64)),
        ),
        (
            "Glasses: nothing can be said of glasses: the reader changes its answer, but only by 20% (floor 2%).",
            said(Verdict.UNDECIDABLE, seen(0.4, 0.6)),
        ),
        (
            "Whole face: the reader sees happiness in the output (65% likely) and fear in the real photograph (65%; "
            "change 60%, floor 2%). It reads 84% of the pictures that show happiness rightly, and 0% of those that "
            "show fear.",
            said(Verdict.ALTERED, felt("fear", "happiness"), FACE, **RECALLS),
        ),
        (
            "Whole face: the reader sees fear in both pictures (65% and 65% likely; floor 2%).",
            said(Verdict.KEPT, felt("fear", "fear"), FACE),
        ),
    ],
)
def test_what_is_said(expected, found):
    assert found == expected


def test_an_expression_that_the_reader_is_not_sure_of_changes_nothing():
    weak = felt("fear", "happiness") | {"in-truth:fear": probability(0.4), "in-output:happiness": probability(0.49)}
    assert judge(FACE, weak, {"change": probability(0.0)}, 1000)[0] is Verdict.UNDECIDABLE
    assert said(Verdict.UNDECIDABLE, weak, FACE) == (
        "Whole face: nothing can be said of its expression: the reader sees fear (40%) in the real photograph and "
        "happiness (49%) in the output."
    )
    sure = weak | {"in-output:happiness": probability(0.5)}
    assert judge(FACE, sure, {"change": probability(0.0)}, 1000)[0] is Verdict.ALTERED


def test_a_reader_that_wavers_is_said_to():
    text = sentence(GLASSES, Verdict.UNDECIDABLE, "change", seen(0.4, 0.9) | {"floor:change": probability(0.45)}, 1000)
    assert text.endswith("harmless changes to the real photograph alone score 45%.")


def test_error_rates_become_evidence_and_a_beard_is_turned_around():
    rates = {"No_Beard": Rate(0.1, 0.05, 0.2), "Eyeglasses": Rate(0.3, 0.2, 0.4)}
    errors = AttributeErrors(miss_rate=rates)
    known = reader_rates(errors, ExpressionErrors(Rate(0.6, 0.5, 0.7), {"fear": None}))
    assert known[GLASSES]["miss-rate"].value == 0.3
    assert known[GLASSES]["miss-rate:high"].value == 0.4
    assert known[GLASSES]["false-rate"].value is None
    beard = known[Key(Region.CHIN_JAW, Aspect.ATTRIBUTES, "a beard")]
    assert beard["false-rate"].value == 0.1
    assert beard["miss-rate"].why == "how often the reader errs here is not measured yet"
    assert known[FACE]["balanced-accuracy"].value == 0.6
    assert {key.detail for key in known} == {drift.words for drift in attributes.DRIFTS} | {"expression"}


def test_notes_on_parts():
    real, mine = np.zeros(19, int), np.zeros(19, int)
    mine[parse.CLASSES.index("glasses")] = 900
    real[parse.CLASSES.index("earring")] = 128
    real[parse.CLASSES.index("hat")], mine[parse.CLASSES.index("hat")] = 511, 15
    real[parse.CLASSES.index("necklace")], mine[parse.CLASSES.index("necklace")] = 16, 500
    assert list(part_notes(real, mine)) == [
        "The parser sees glasses in the output (900 px of 256x256), none in the real photograph (0).",
        "The parser sees earrings in the real photograph (128 px of 256x256), none in the output (0).",
    ]


class BrightReader:
    """Sees glasses, and surprise, in bright crops, and nothing in dark ones."""

    errors = AttributeErrors(miss_rate={"Eyeglasses": Rate(0.1, 0.05, 0.2)})

    def __call__(self, crops):
        bright = np.array([float(crop.mean() > 0.45) for crop in crops])
        out = np.full((len(crops), 40), 0.1)
        out[:, attributes.NAMES.index("Eyeglasses")] = 0.05 + 0.9 * bright
        return out


class BrightExpression:
    errors = ExpressionErrors()

    def __call__(self, crops):
        out = np.full((len(crops), 8), 0.02)
        for row, crop in zip(out, crops, strict=True):
            row[expression.NAMES.index("surprise" if crop.mean() > 0.45 else "neutral")] = 0.86
        return out


class BandParser:
    """Hair in the upper eighth of the crop, skin below; glasses across the middle where the crop is bright."""

    def logits(self, crop):
        out = np.zeros((19, 128, 128), np.float32)
        out[parse.CLASSES.index("skin")] = 1
        out[parse.CLASSES.index("hair"), :16] = 2
        if crop.mean() > 0.45:
            out[parse.CLASSES.index("glasses"), 60:66] = 2
        return out


@pytest.fixture(scope="module")
def known_tools(tools):
    return replace(tools, parser=BandParser(), attributes=BrightReader(), expression=BrightExpression())


@pytest.fixture(scope="module")
def dark(face_256):
    return (face_256.astype(np.float32) / 255 * np.float32(0.55)).astype(np.float32)


def examined(truth, output, tools, lanes, **more):
    face = tools.locator.faces(np.rint(truth * 255).astype(np.uint8))[0]
    prepared = prepare(truth, face, tools, lanes, floors=more.pop("floors", True))
    return examine(prepared, output, register(output, truth, declared=True), tools, lanes, **more)


def by_key(found):
    return {(f.region, f.aspect, f.detail): f for f in found.findings}


def test_what_is_added_to_the_output_is_found(known_tools, lanes, dark):
    bright = np.clip(dark + np.float32(0.35), 0, 1)
    found = examined(dark, bright, known_tools, lanes, observed=dark, observed_framing=register(dark, dark))
    glasses = by_key(found)[Region.GLASSES, Aspect.ATTRIBUTES, "glasses"]
    assert glasses.verdict is Verdict.INVENTED
    assert glasses.severity == pytest.approx(0.9)
    assert glasses.found_by == "landmarks"
    assert glasses.evidence["bicubic:change"].value == 0
    assert glasses.evidence["other-face:change"].value is None
    assert "It misses" not in glasses.sentence  # the other rate is not known
    assert glasses.evidence["miss-rate"].value == 0.1
    feeling = by_key(found)[Region.WHOLE_FACE, Aspect.EXPRESSION, "expression"]
    assert feeling.verdict is Verdict.ALTERED
    assert "surprise in the output" in feeling.sentence
    assert found.notes == (
        "The parser sees glasses in the output (3072 px of 256x256), none in the real photograph (0).",
    )
    assert found.readings["output"]["attributes"]["glasses"].value == 0.95
    assert found.readings["truth"]["expression"]["neutral"].value == 0.86
    kept = [f for f in found.findings if f.aspect is Aspect.ATTRIBUTES and f is not glasses]
    assert {f.verdict for f in kept} == {Verdict.KEPT}
    assert {f.severity for f in kept} == {0.0}


def test_what_is_missing_from_the_output_is_lost(known_tools, lanes, dark):
    bright = np.clip(dark + np.float32(0.35), 0, 1)
    found = examined(bright, dark, known_tools, lanes)
    assert by_key(found)[Region.GLASSES, Aspect.ATTRIBUTES, "glasses"].verdict is Verdict.LOST
    assert "in the real photograph (3072 px" in found.notes[0]
    # Glasses that the truth has are a region of their own: bands of detail, keypoints and colour.
    aspects = {f.aspect for f in found.findings if f.region is Region.GLASSES}
    assert aspects == {Aspect.TEXTURE, Aspect.KEYPOINTS, Aspect.COLOUR, Aspect.ATTRIBUTES}
    assert found.regions["glasses"]["found_by"] == "parser"


def test_regions_say_how_they_were_found(known_tools, lanes, dark):
    found = examined(dark, dark, known_tools, lanes)
    assert found.regions["nose"]["found_by"] == "landmarks"
    assert found.regions["hair"] == {
        "found_by": "parser",
        "standard_term": "Hairline/baldness pattern",
        "pixels": found.regions["hair"]["pixels"],
    }
    assert not {"glasses", "hat", "teeth", "neck", "left-ear"} & set(found.regions)
    hair = [f for f in found.findings if f.region is Region.HAIR and f.aspect is Aspect.TEXTURE]
    assert len(hair) == 4
    assert {f.found_by for f in hair} == {"parser"}
    assert {f.verdict for f in found.findings} <= {Verdict.KEPT, Verdict.UNDECIDABLE}
    assert not found.notes
    json.dumps([f.as_dict() for f in found.findings], allow_nan=False)


def test_only_the_hair_is_changed(known_tools, lanes, dark):
    """Noise on the parser's hair alone: its own region says so; the mouth does not."""
    face = known_tools.locator.faces(np.rint(dark * 255).astype(np.uint8))[0]
    parsed = parse_truth(dark, face, known_tools.parser)
    mask = np.zeros(dark.shape[:2], bool)
    mask[parsed.window] = parsed.regions[Region.HAIR]
    noise = np.random.default_rng(0).normal(0, 0.1, dark.shape).astype(np.float32)
    output = np.clip(dark + noise * mask[..., None], 0, 1)
    found = by_key(examined(dark, output, known_tools, lanes))
    assert found[Region.HAIR, Aspect.TEXTURE, "finest"].evidence["invented-share"].value > 0.6
    assert found[Region.MOUTH, Aspect.TEXTURE, "finest"].verdict is Verdict.KEPT
    assert found[Region.HAIR, Aspect.COLOUR, "ciede2000"].verdict is Verdict.ALTERED
    assert found[Region.MOUTH, Aspect.COLOUR, "ciede2000"].verdict is Verdict.KEPT


def test_without_floors_and_without_a_face_nothing_is_decided(known_tools, lanes, dark):
    found = examined(dark, np.clip(dark + np.float32(0.35), 0, 1), known_tools, lanes, floors=False)
    read = [f for f in found.findings if f.aspect in (Aspect.ATTRIBUTES, Aspect.EXPRESSION)]
    assert {f.verdict for f in read} == {Verdict.UNDECIDABLE}
    assert "no noise floor was computed" in read[0].sentence
    blank = dark.copy()
    blank[40:220, 30:220] = 0.2
    faceless = examined(dark, blank, known_tools, lanes)
    assert "output" not in faceless.faces
    read = [f for f in faceless.findings if f.aspect in (Aspect.ATTRIBUTES, Aspect.EXPRESSION)]
    assert all("no face was found in the output" in f.sentence for f in read)
    assert set(faceless.readings) == {"truth"}
    assert faceless.notes == ()


def test_zones_of_a_scene(known_tools, dark):
    face = known_tools.locator.faces(np.rint(dark * 255).astype(np.uint8))[0]
    scene = set_scene(face, dark.shape[:2], parse_truth(dark, face, known_tools.parser))
    drawn, parsed = scene.zones
    assert not set(drawn.regions) & set(PARSED)
    assert set(parsed.regions) == {Region.HAIR}
    assert scene.regions == (*drawn.regions, Region.HAIR)
    for zone in scene.zones:
        for part, length in zip(zone.window, dark.shape[:2], strict=True):
            assert part.start % 16 == 0
            assert part.stop % 16 == 0 or part.stop == length
    for band in range(5):
        step = 2**band
        for zone in scene.zones:
            for region, patch in zip(zone.regions, zone.on_grid(band), strict=True):
                grid = np.zeros([-(-side // step) for side in dark.shape[:2]], np.float32)
                grid[patch.rows, patch.columns] = patch.weights
                whole = np.zeros(dark.shape[:2], np.float32)
                whole[zone.window] = zone.regions[region]
                for _ in range(band):
                    whole = cv2.pyrDown(whole)
                # Windows cut the kernels off at their edges, and nothing else is different.
                assert np.corrcoef(grid.ravel(), whole.ravel())[0, 1] > 0.98, (region, band)
                assert grid.sum() == pytest.approx(whole.sum(), rel=0.12, abs=1), (region, band)
    y, x = np.nonzero(parsed.regions[Region.HAIR])
    points = np.stack([x + parsed.window[1].start, y + parsed.window[0].start], 1).astype(float)
    assert scene.inside(points, Region.HAIR).all()
    assert not scene.inside(points + (0, 400), Region.HAIR).any()


def test_every_aspect_has_a_rule():
    assert set(RULES) == set(Aspect)
