"""Whole audits: promises on real model output, and pictures that nothing should be said of."""

import json

import cv2
import numpy as np
import pytest
from scipy.stats import rankdata

import bonaface
from bonaface.api import Auditor
from bonaface.api.auditing import Options
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Verdict

SETTLED = (Verdict.KEPT, Verdict.UNDECIDABLE)


@pytest.fixture(scope="module")
def auditor():
    return Auditor()


def by_key(ledger):
    return {(f.region, f.aspect, f.detail): f for f in ledger.findings}


def auroc(scores, mask):
    ranks = rankdata(scores.ravel())
    positive = mask.sum()
    area = ranks[mask.ravel()].sum() - positive * (positive + 1) / 2
    return area / (positive * (mask.size - positive))


def proper(ledger):
    """A ledger that is valid JSON, with maps that hold numbers."""
    json.dumps(ledger.as_dict(), allow_nan=False)
    for plane in ledger.maps.values():
        assert np.isfinite(plane).all()
        assert plane.min() >= 0
    for finding in ledger.findings:
        if finding.aspect in (Aspect.TEXTURE, Aspect.KEYPOINTS):
            shares = [s for name, s in finding.evidence.items() if name.endswith("share")]
            assert all(s.value is None or 0 <= s.value <= 1 for s in shares)
        assert finding.severity is None or 0 <= finding.severity <= 1
    return ledger


def test_the_truth_itself_is_kept(auditor, astronaut, face_256):
    for truth in (astronaut, face_256):
        ledger = proper(auditor.audit(truth, truth))
        assert {finding.verdict for finding in ledger.findings} <= set(SETTLED)
        assert sum(finding.verdict is Verdict.KEPT for finding in ledger.findings) > 80
        for finding in ledger.findings:
            if finding.aspect is Aspect.TEXTURE:
                for name in ("invented-share", "lost-share"):
                    value = finding.evidence[name].value
                    assert value is None or value == pytest.approx(0, abs=1e-5), finding.region  # float32
        assert ledger.measures["psnr"].value == float("inf")
        assert ledger.measures["ssim"].value == pytest.approx(1, abs=1e-5)
        assert ledger.measures["tone-gain"].value == pytest.approx(1)
        assert ledger.maps["invented"].max() < 1e-5
        assert ledger.maps["lost"].max() < 1e-5
        assert ledger.framing["output"]["moved_px"] == 0
        landmarks = [ledger.faces[name]["landmarks"] for name in ("truth", "output")]
        assert landmarks[0] == landmarks[1]


@pytest.fixture(scope="module")
def inpainted(data, read):
    """[(ledger, stroke mask, squared error)] of GPEN's five inpainted faces."""
    cases = []
    for number in range(5):
        name = f"{number:05d}"
        folder = data / "restored/gpen_inpainting"
        truth_file = data / f"ffhq10/{name}.png"
        truth, given, made = (
            read(file) / 255 for file in (truth_file, folder / f"input/{name}.jpg", folder / f"output/{name}.jpg")
        )
        strokes = (np.abs(given - truth) > 0.25).any(axis=2).astype(np.uint8)
        strokes = cv2.morphologyEx(strokes, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0
        ledger = bonaface.audit(folder / f"output/{name}.jpg", truth=truth_file)
        cases.append((ledger, strokes, ((made - truth) ** 2).sum(axis=2)))
    return cases


def test_the_map_finds_what_gpen_made_up(inpainted):
    """Measured .980 .985 .988 .991 .954, mean .980; squared error .863 .898 .699 .902 .881."""
    areas = [auroc(ledger.maps["invented"], strokes) for ledger, strokes, _ in inpainted]
    plain = [auroc(error, strokes) for _, strokes, error in inpainted]
    assert min(areas) >= 0.94
    assert np.mean(areas) >= 0.97
    assert all(ours > theirs + 0.05 for ours, theirs in zip(areas, plain, strict=True))


def test_painted_over_faces_have_invented_detail(inpainted):
    for ledger, _, _ in inpainted:
        proper(ledger)
        worst = ledger.worst(5)
        assert len(worst) == 5
        assert worst[0].severity > 0.4
        assert all(finding.severity > 0 for finding in worst)
        assert ledger.framing["output"]["moved_px"] == 0


def texture_shares(ledger, name):
    return np.array(
        [
            np.nan if f.evidence[name].value is None else f.evidence[name].value
            for key, f in sorted(by_key(ledger).items())
            if f.aspect is Aspect.TEXTURE
        ]
    )


@pytest.mark.parametrize(("gain", "offset"), [(0.55, 0.2), (0.8, 0.1), (1.25, -0.1)])
def test_a_known_tone_changes_no_share(auditor, real_pair, gain, offset):
    """Of an output whose values stay inside the range, so that nothing is clipped; floats, so nothing is rounded."""
    truth = (0.3 + 0.35 * real_pair[1]).astype(np.float32)
    output = (0.3 + 0.35 * real_pair[0]).astype(np.float32)
    before = auditor.audit(output, truth)
    after = auditor.audit((output * gain + offset).astype(np.float32), truth)
    assert after.measures["tone-gain"].value == pytest.approx(before.measures["tone-gain"].value / gain, rel=1e-3)
    for name in ("invented-share", "lost-share"):
        difference = np.abs(texture_shares(after, name) - texture_shares(before, name))
        assert np.nanmax(difference) < 0.02
    np.testing.assert_allclose(after.maps["invented"], before.maps["invented"], atol=1e-3)


@pytest.mark.parametrize("number", ["00000", "00008", "00016"])
def test_a_known_tone_changes_no_share_of_a_real_output(auditor, data, read, number):
    folder = data / "restored/dps_super_resolution"
    truth, output = (read(folder / kind / f"{number}.png") / 255 for kind in ("truth", "output"))
    # Away from both ends, so that a gain of up to 1.5 clips nothing.
    truth, output = 0.35 + 0.3 * truth, 0.35 + 0.3 * output
    before = auditor.audit(output, truth)
    for gain, offset in ((0.7, 0.1), (1.4, -0.2)):
        after = auditor.audit(output * gain + offset, truth)
        if 0.5 < after.measures["tone-gain"].value < 2:  # DPS shifts the tone itself; beyond the limits it stays
            difference = np.abs(texture_shares(after, "lost-share") - texture_shares(before, "lost-share"))
            assert np.nanmax(difference) < 0.02
        difference = np.abs(texture_shares(after, "invented-share") - texture_shares(before, "invented-share"))
        assert np.nanmax(difference) < 0.02


def test_another_persons_eyes_are_ranked_first(auditor, data, read):
    """The eyes of FFHQ 00002 painted into 00001: the map is larger there than anywhere else on the face."""
    truth, other = (read(data / f"ffhq10/0000{n}.png", 512) for n in (1, 2))
    painted = truth.copy()
    painted[205:275, 150:360] = other[205:275, 150:360]
    ledger = proper(auditor.audit(painted, truth))
    inside = ledger.maps["invented"][215:265, 160:350].mean()
    assert inside > 20 * ledger.maps["invented"][320:450, 150:360].mean()
    found = by_key(ledger)
    for eye in (Region.LEFT_EYE, Region.RIGHT_EYE):
        assert found[eye, Aspect.TEXTURE, "fine"].verdict in (Verdict.INVENTED, Verdict.ALTERED)
    for part in (Region.MOUTH, Region.LOWER_LIP, Region.CHIN_JAW):
        assert found[part, Aspect.TEXTURE, "fine"].verdict in SETTLED


def test_more_noise_is_more_invented_and_more_blur_more_lost(auditor, face_512):
    rng = np.random.default_rng(0).normal(0, 1, face_512.shape)
    invented = [
        texture_shares(auditor.audit(np.clip(face_512 + s * rng, 0, 255).astype(np.uint8), face_512), "invented-share")
        for s in (4, 12, 36)
    ]
    lost = [
        texture_shares(auditor.audit(cv2.GaussianBlur(face_512, (0, 0), s), face_512), "lost-share") for s in (1, 2, 4)
    ]
    for rising in (invented, lost):
        means = [np.nanmean(each) for each in rising]
        assert means == sorted(means)
        assert means[2] > means[0] + 0.2


def test_an_output_of_part_of_the_truth(auditor, face_512):
    output = np.ascontiguousarray(face_512[:, :256])
    ledger = proper(auditor.audit(output, face_512))
    assert not ledger.maps["invented"][:, 260:].any()
    assert not ledger.maps["lost"][:, 260:].any()
    assert ledger.maps["invented"].shape == (512, 512)
    found = by_key(ledger)
    # The astronaut's left eye is at the picture's right.
    left = found[Region.LEFT_EYE, Aspect.TEXTURE, "fine"]
    assert left.verdict is Verdict.UNDECIDABLE
    assert found[Region.RIGHT_EYE, Aspect.TEXTURE, "fine"].verdict is Verdict.KEPT
    # The truth stands in where there are no pixels: its face is not the output's.
    for aspect in (Aspect.GEOMETRY, Aspect.IDENTITY, Aspect.ASYMMETRY):
        for finding in ledger.findings:
            if finding.aspect is aspect:
                assert finding.verdict is Verdict.UNDECIDABLE
                assert "covers only part of the face" in finding.sentence
    assert ledger.measures["ms-ssim"].why == "the output covers only part of the truth"


def test_a_wrong_half_is_not_diluted_by_the_missing_half(auditor, face_512):
    noise = np.random.default_rng(0).normal(0, 25, face_512.shape)
    noisy = np.clip(face_512 + noise, 0, 255).astype(np.uint8)
    whole, part = auditor.audit(noisy, face_512), auditor.audit(np.ascontiguousarray(noisy[:, :300]), face_512)
    for name in ("psnr", "psnr-face"):
        assert part.measures[name].value == pytest.approx(whole.measures[name].value, abs=1), name
    for name in ("ssim", "ssim-face"):
        assert part.measures[name].value == pytest.approx(whole.measures[name].value, abs=0.1), name
    background = {part: by_key(led)[Region.BACKGROUND, Aspect.KEYPOINTS, "sift"] for part, led in
                  (("whole", whole), ("part", part))}  # fmt: skip
    assert background["part"].evidence["points-truth"].value < background["whole"].evidence["points-truth"].value


def test_outputs_of_other_sizes(auditor, face_512):
    for side in (256, 1024):
        output = cv2.resize(face_512, (side, side), interpolation=cv2.INTER_AREA if side < 512 else cv2.INTER_CUBIC)
        ledger = proper(auditor.audit(output, face_512))
        assert ledger.maps["invented"].shape == (512, 512)
        assert ledger.framing["output"]["method"] == "resized"
        assert ledger.framing["output"]["scale"] == pytest.approx(512 / side)
        coarse = by_key(ledger)[Region.WHOLE_FACE, Aspect.TEXTURE, "coarse"]
        assert coarse.evidence["invented-share"].value < 0.02


def ledger_or_error(auditor, output, truth):
    """A ledger, or the text of an error of the package's own; anything else fails the test."""
    try:
        return proper(auditor.audit(output, truth))
    except bonaface.BonafaceError as error:
        return str(error)


HARD = {
    "black": lambda t: np.zeros_like(t),
    "white": lambda t: np.full_like(t, 255),
    "one bright pixel": lambda t: np.where(np.arange(t.size).reshape(t.shape) == 5000, 255, 0).astype(np.uint8),
    "noise": lambda t: np.random.default_rng(0).integers(0, 256, t.shape, dtype=np.uint8),
    "inverted": lambda t: 255 - t,
    "mirrored": lambda t: np.ascontiguousarray(t[:, ::-1]),
    "tiny": lambda t: cv2.resize(t, (32, 32), interpolation=cv2.INTER_AREA),
    "elongated": lambda t: np.ascontiguousarray(np.tile(t[100:140], (1, 8, 1))),
    "grey": lambda t: cv2.cvtColor(t, cv2.COLOR_RGB2GRAY),
    "very noisy": lambda t: np.clip(t + np.random.default_rng(0).normal(0, 100, t.shape), 0, 255).astype(np.uint8),
    "low contrast": lambda t: t // 16 + 100,
    "stretched": lambda t: cv2.resize(t, (320, 256)),
    "slightly stretched": lambda t: cv2.resize(t, (260, 256)),
    "padded": lambda t: cv2.copyMakeBorder(t, 40, 60, 20, 0, cv2.BORDER_CONSTANT),
    "face cut out": lambda t: t * cv2.ellipse(np.zeros_like(t), (128, 110), (60, 80), 0, 0, 360, (1, 1, 1), -1),
}


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("name", HARD)
def test_hard_outputs_end_in_a_ledger_or_a_clear_error(auditor, face_256, name):
    said = ledger_or_error(auditor, HARD[name](face_256), face_256)
    if isinstance(said, str):
        assert name in ("black", "white", "one bright pixel", "noise", "inverted", "mirrored", "elongated", "stretched",
                        "slightly stretched",
                        "face cut out")  # fmt: skip
        assert len(said) > 40


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("name", [name for name in HARD if name not in ("elongated", "stretched")])
def test_hard_truths_end_in_a_ledger_or_a_clear_error(face_256, name):
    auditor = Auditor(Options(aligned=True))
    truth = HARD[name](face_256)
    for output in (truth, face_256):
        said = ledger_or_error(auditor, output, truth)
        if isinstance(said, str):
            assert len(said) > 40
        elif output is truth:
            assert {finding.verdict for finding in said.findings} <= set(SETTLED)


def test_a_flat_background_gives_no_shares_and_no_warning(auditor, face_256):
    mask = cv2.ellipse(np.zeros_like(face_256), (128, 110), (60, 80), 0, 0, 360, (1, 1, 1), -1) > 0
    truth = np.where(mask, face_256, 77).astype(np.uint8)
    output = np.where(mask, cv2.GaussianBlur(face_256, (0, 0), 1), 77).astype(np.uint8)
    proper(auditor.audit(output, truth))


def test_the_controls_are_beside_every_number(auditor, data, read):
    truth, other = (read(data / f"ffhq10/0000{n}.png", 512) for n in (1, 3))
    observed = cv2.resize(truth, (64, 64), interpolation=cv2.INTER_AREA)
    output = cv2.resize(observed, (512, 512), interpolation=cv2.INTER_CUBIC)
    ledger = proper(auditor.audit(output, truth, observed, control=other))
    found = by_key(ledger)[Region.WHOLE_FACE, Aspect.TEXTURE, "fine"]
    # The output is the null control here, to 8 bits and another border.
    for name in ("invented-share", "lost-share"):
        assert found.evidence[f"bicubic:{name}"].value == pytest.approx(found.evidence[name].value, abs=0.03)
    assert found.evidence["other-face:invented-share"].value > 0.9
    angle = by_key(ledger)[Region.WHOLE_FACE, Aspect.IDENTITY, "embedding"].evidence
    assert angle["other-face:angle"].value > 25
    assert ledger.measures["psnr:bicubic"].value == pytest.approx(ledger.measures["psnr"].value, abs=0.2)
    assert set(ledger.controls) == {"bicubic", "other-face"}
