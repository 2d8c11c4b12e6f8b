import pytest

from bonaface.audit.compare import Key
from bonaface.audit.sentences import sentence
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Score, Verdict

TEXTURE = {
    "invented-share": Score(0.414, "share"),
    "lost-share": Score(0.25, "share"),
    "floor:invented-share": Score(0.09, "share"),
    "floor:lost-share": Score(0.0, "share"),
    "bicubic:invented-share": Score(0.1, "share"),
    "bicubic:lost-share": Score(0.9, "share"),
}
KEYPOINTS = {
    "unmatched-share": Score(0.75, "share"),
    "missing-share": Score(0.2, "share"),
    "points-output": Score(40, "points"),
    "points-truth": Score(50, "points"),
    "unmatched-output": Score(30, "points"),
    "unmatched-truth": Score(10, "points"),
    "floor:unmatched-share": Score(0.125, "share"),
    "floor:missing-share": Score(0.05, "share"),
}
GEOMETRY = {"shift": Score(3.14, "% IOD"), "shift-raw": Score(5.0, "px"), "floor:shift": Score(1.2, "% IOD")}
COLOUR = {
    "ciede2000": Score(7.55, "ΔE00"),
    "ciede2000-of-means": Score(2.0, "ΔE00"),
    "floor:ciede2000": Score(0.8, "ΔE00"),
}
IDENTITY = {"angle": Score(33.3, "°"), "distance": Score(0.5), "floor:angle": Score(4.0, "°"),
            "same-person:p5": Score(10.0, "°"), "same-person:p95": Score(30.0, "°"),
            "different-people:p5": Score(35.0, "°"), "different-people:p95": Score(60.0, "°")}  # fmt: skip
USUAL = (
    "usual are 10.0° to 30.0° between pictures of one person and 35.0° to 60.0° between pictures of different people. "
    "Not for identification."
)
ASYMMETRY = {"added": Score(12.0, "% of the eye's width"), "floor:added": Score(3.0, "% of the eye's width")}

EXPECTED = [
    (Region.LEFT_BROW, Aspect.TEXTURE, "fine", Verdict.INVENTED, TEXTURE,
     "Left eyebrow: 41% of its fine detail is not in the real photograph (floor 9%)."),
    (Region.NOSE, Aspect.TEXTURE, "finest", Verdict.INVENTED, {**TEXTURE, "invented-amount": Score(0.034, "x")},
     "Nose: 41% of its finest detail is not in the real photograph (floor 9%) (little of it: 3% of the real amount)."),
    (Region.CHEEKS, Aspect.TEXTURE, "coarse", Verdict.INVENTED, TEXTURE,
     "Cheeks: 41% of their coarse detail is not in the real photograph (floor 9%)."),
    (Region.NOSE, Aspect.TEXTURE, "finest", Verdict.LOST, TEXTURE,
     "Nose: 25% of the real photograph's finest detail is missing (floor 0%). The damaged picture had already lost 90% "
     "of it."),
    (Region.NOSE, Aspect.TEXTURE, "medium", Verdict.ALTERED, TEXTURE,
     "Nose: 41% of its medium detail is not in the real photograph (floor 9%), and 25% of the real photograph's "
     "medium detail is missing (floor 0%). The damaged picture had already lost 90% of it."),
    (Region.CHIN_JAW, Aspect.TEXTURE, "fine", Verdict.KEPT, TEXTURE,
     "Chin and jaw: their fine detail is kept: 41% is not in the real photograph (floor 9%)."),
    (Region.MOUTH, Aspect.KEYPOINTS, "sift", Verdict.INVENTED, KEYPOINTS,
     "Mouth: 30 of 40 keypoints have no partner in the real photograph (floor 12%)."),
    (Region.MOUTH, Aspect.KEYPOINTS, "sift", Verdict.LOST, KEYPOINTS,
     "Mouth: 10 of the real photograph's 50 keypoints have no partner (floor 5%)."),
    (Region.MOUTH, Aspect.KEYPOINTS, "sift", Verdict.ALTERED, KEYPOINTS,
     "Mouth: 30 of 40 keypoints have no partner in the real photograph (floor 12%), and 10 of the real photograph's 50 "
     "keypoints have no partner (floor 5%)."),
    (Region.CHEEKS, Aspect.KEYPOINTS, "sift", Verdict.KEPT, KEYPOINTS,
     "Cheeks: their keypoints are kept: 30 of 40 keypoints have no partner in the real photograph (floor 12%)."),
    (Region.RIGHT_BROW, Aspect.GEOMETRY, "right-brow", Verdict.ALTERED, GEOMETRY,
     "Right eyebrow: the landmarks of the right brow moved by 3.1% of the distance between the eyes (floor 1.2%)."),
    (Region.WHOLE_FACE, Aspect.GEOMETRY, "all", Verdict.KEPT, GEOMETRY,
     "Whole face: its landmarks stayed within 3.1% of the distance between the eyes (floor 1.2%)."),
    (Region.FOREHEAD, Aspect.COLOUR, "ciede2000", Verdict.ALTERED, COLOUR,
     "Forehead: its colour differs by ΔE00 7.5 on average (floor ΔE00 0.8); as a whole it shifted by ΔE00 2.0."),
    (Region.CHEEKS, Aspect.COLOUR, "ciede2000", Verdict.KEPT, COLOUR,
     "Cheeks: their colour is kept: ΔE00 7.5 on average (floor ΔE00 0.8); as a whole it shifted by ΔE00 2.0."),
    (Region.WHOLE_FACE, Aspect.IDENTITY, "embedding", Verdict.ALTERED, IDENTITY,
     "Whole face: the face embedding turned by 33.3° (floor 4.0°); " + USUAL),
    (Region.WHOLE_FACE, Aspect.IDENTITY, "embedding", Verdict.KEPT, IDENTITY,
     "Whole face: the face embedding stayed within 33.3° (floor 4.0°); " + USUAL),
    (Region.LEFT_EYE, Aspect.ASYMMETRY, "gaze", Verdict.INVENTED, ASYMMETRY,
     "Left eye: the two sides differ more than in the real photograph: gaze by 12.0% of the eye's width more (floor "
     "3.0% of the eye's width)."),
    (Region.LEFT_EYE, Aspect.ASYMMETRY, "gaze", Verdict.KEPT, ASYMMETRY,
     "Left eye: the two sides are as alike in gaze as in the real photograph (floor 3.0% of the eye's width)."),
]  # fmt: skip
NAMES = {
    Aspect.TEXTURE: "invented-share", Aspect.KEYPOINTS: "unmatched-share", Aspect.GEOMETRY: "shift",
    Aspect.COLOUR: "ciede2000", Aspect.IDENTITY: "angle", Aspect.ASYMMETRY: "added",
}  # fmt: skip


@pytest.mark.parametrize(
    ("region", "aspect", "detail", "verdict", "evidence", "expected"),
    EXPECTED,
    ids=[f"{case[1]}-{case[3]}-{case[0]}" for case in EXPECTED],
)
def test_what_is_said(region, aspect, detail, verdict, evidence, expected):
    assert sentence(Key(region, aspect, detail), verdict, NAMES[aspect], evidence, 500) == expected


def undecided(aspect, evidence, pixels=500, region=Region.NOSE, detail="fine"):
    return sentence(Key(region, aspect, detail), Verdict.UNDECIDABLE, NAMES[aspect], evidence, pixels)


def test_every_reason_for_saying_nothing():
    nothing = {"invented-share": Score.not_applicable("the output has no detail here", "share")}
    start = "Nose: nothing can be said of its fine detail: "
    assert undecided(Aspect.TEXTURE, nothing) == start + "the output has no detail here."
    without = {"invented-share": Score(0.4, "share")}
    assert undecided(Aspect.TEXTURE, without) == start + "no noise floor was computed."
    assert undecided(Aspect.TEXTURE, TEXTURE, 63) == start + "there are 63 pixels, and at least 64 are needed."
    high = TEXTURE | {"floor:invented-share": Score(0.345, "share")}
    assert undecided(Aspect.TEXTURE, high) == start + "harmless changes to the real photograph alone score 34%."
    lost = TEXTURE | {"floor:invented-share": Score.not_applicable("the truth is flat", "share")}
    assert undecided(Aspect.TEXTURE, lost) == start + "the truth is flat."


@pytest.mark.parametrize(
    ("aspect", "what"),
    [
        (Aspect.TEXTURE, "gaze detail"),
        (Aspect.KEYPOINTS, "keypoints"),
        (Aspect.GEOMETRY, "geometry"),
        (Aspect.COLOUR, "colour"),
        (Aspect.IDENTITY, "identity"),
        (Aspect.ASYMMETRY, "symmetry (gaze)"),
    ],
)
def test_every_aspect_that_nothing_can_be_said_of(aspect, what):
    none = {NAMES[aspect]: Score.not_applicable("no face was found")}
    said = undecided(aspect, none, region=Region.CHEEKS, detail="gaze")
    assert said == f"Cheeks: nothing can be said of their {what}: no face was found."


@pytest.mark.parametrize(("share", "said"), [(0, "0%"), (0.0004, "0.0%"), (0.0094, "0.9%"), (0.0096, "1%"),
                                             (0.0994, "10%"), (0.999, "100%"), (1, "100%")])  # fmt: skip
def test_percentages(share, said):
    evidence = TEXTURE | {"invented-share": Score(share, "share")}
    key = Key(Region.NOSE, Aspect.TEXTURE, "fine")
    assert sentence(key, Verdict.INVENTED, "invented-share", evidence, 500).startswith(f"Nose: {said} of its")


def test_an_unknown_floor_of_the_other_side_is_called_unknown():
    evidence = dict(TEXTURE)
    del evidence["bicubic:lost-share"]
    evidence["floor:lost-share"] = Score.not_applicable("flat", "share")
    key = Key(Region.NOSE, Aspect.TEXTURE, "fine")
    said = sentence(key, Verdict.LOST, "lost-share", evidence, 500)
    assert said == "Nose: 25% of the real photograph's fine detail is missing (floor unknown)."
