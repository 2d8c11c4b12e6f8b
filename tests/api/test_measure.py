import cv2
import numpy as np
import pytest
from PIL import Image

import bonaface
from bonaface.api.measuring import Measurer, Options, choose, missing
from bonaface.core.errors import FramingError, InputError, PictureError, UnknownName
from bonaface.core.results import Score, Status
from bonaface.measure import MEASURES
from bonaface.measure.fidelity import psnr
from bonaface.measure.identity import angle
from bonaface.measure.structure import ssim_y

QUICK = ["psnr", "ssim-y"]


def test_the_package_can_be_called(real_pair):
    scores = bonaface.measure(real_pair[0], truth=real_pair[1], measures=QUICK)
    assert list(scores) == QUICK
    assert scores["psnr"] == Score(psnr(*real_pair), "dB")
    assert scores["ssim-y"].value == ssim_y(*real_pair)
    assert bonaface.measure.MEASURES is MEASURES


def test_without_names_everything_that_can_be_measured_is(real_pair, tools, locator):
    scores = bonaface.measure(*real_pair)
    ids = {name for name in scores if ":" not in name}
    there = {m.id for m in MEASURES if {"output", "truth"}.issuperset(m.given)}
    assert ids == {name for name in there if not missing(MEASURES[name])}
    assert len(ids) >= 18
    assert all(scores[name].status is Status.OK for name in ids)
    near = locator.faces(np.rint(255 * real_pair[1]).astype(np.uint8))[0]
    vectors = []
    for image in real_pair:
        pixels = np.rint(255 * image).astype(np.uint8)
        vectors.append(tools.embedder(pixels, locator.same_face(pixels, near).landmarks))
    assert scores["identity-angle"].value == pytest.approx(angle(*vectors))
    assert scores["identity-cosine"].value == pytest.approx(np.cos(np.radians(angle(*vectors))))
    assert scores["lmd:px"].unit == "px"
    assert scores["lmd"].value <= scores["nrmse"].value  # a mean never exceeds a root mean square
    counted = [scores[f"keypoints:{name}"].value for name in ("output", "truth", "matched")]
    assert counted[2] <= min(counted)
    assert scores["keypoints"].value == pytest.approx(counted[2] / counted[0])
    assert 0 < scores["parsing-iou:nose"].value <= 1


def test_without_a_truth(real_pair):
    scores = bonaface.measure(real_pair[0])
    assert list(scores) == ["niqe-face"]
    asked = bonaface.measure(real_pair[0], measures=["psnr", "lmd", "ecs", "niqe-face"])
    assert asked["psnr"] == Score.not_applicable("no truth given", "dB")
    assert asked["lmd"].why == "no truth given"
    assert asked["ecs"].why == "no target given"


def test_weights_that_are_not_here_say_how_to_fetch_them(real_pair, monkeypatch, tmp_path):
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path))
    score = bonaface.measure(real_pair[0], measures=["niqe"])["niqe"]
    assert score.status is Status.NOT_APPLICABLE
    assert score.why.startswith(
        "niqe_pris_params.npz is not here. Fetch it with `bonaface models fetch niqe-pris-params`"
    )


def test_a_measures_weights_are_in_the_catalog_of_models():
    from bonaface.api import models

    assert models.cards("niqe") == MEASURES["niqe"].weights
    assert models.cards("niqe-pris-params") == MEASURES["niqe"].weights
    with pytest.raises(UnknownName):
        models.cards("niqqe-nothing")


def test_the_expression_asked_for(astronaut):
    smiling = bonaface.measure(astronaut, measures=["ecs"], target="happiness")
    assert smiling["ecs"].value == 1
    assert smiling["ecs:probability"].value > 0.5
    assert bonaface.measure(astronaut, measures=["ecs"], target="anger")["ecs"].value == 0
    with pytest.raises(InputError, match="expected one of anger"):
        bonaface.measure(astronaut, measures=["ecs"], target="joy")


def test_the_damaged_picture(real_pair):
    small = cv2.resize(real_pair[1], (128, 128), interpolation=cv2.INTER_AREA)
    explained = bonaface.measure(real_pair[1], observed=small, measures=["psnr-observed"])["psnr-observed"]
    assert explained.value == float("inf")
    odd = bonaface.measure(real_pair[1], observed=small[:64], measures=["psnr-observed"])["psnr-observed"]
    assert "expected the same proportions" in odd.why


def test_no_face(real_pair):
    flat = np.full((200, 200, 3), 0.5, np.float32)
    flat[50:90, 50:150] = 0.7
    scores = bonaface.measure(flat, flat, measures=["psnr", "lmd", "parsing-iou", "keypoints"])
    assert scores["psnr"].value == float("inf")
    assert scores["lmd"].why == "no face was found in the output"
    assert scores["parsing-iou"].why == "no face was found in the truth"
    assert scores["keypoints"].status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("values", [(0.5, 0.5), (0.0, 1.0)])
def test_constant_pictures(values):
    output, truth = (np.full((64, 64, 3), value, np.float32) for value in values)
    measurer = Measurer(choose(["psnr", "ssim", "ms-ssim", "histogram-correlation", "niqe-face"], ["output", "truth"]))
    measured = measurer(output, truth)
    expected = float("inf") if values[0] == values[1] else 0
    assert measured.scores["psnr"].value == pytest.approx(expected, abs=1e-6)
    assert measured.scores["niqe-face"].status is Status.NOT_APPLICABLE
    assert all(score.why or np.isfinite(score.value) or score.value > 0 for score in measured.scores.values())
    assert ("of one colour" in " ".join(measured.notes)) == (values[0] != values[1])


def test_identical_pictures(real_pair):
    scores = bonaface.measure(real_pair[1], real_pair[1], measures=["psnr", "ssim", "rmse", "lmd", "identity-angle"])
    assert scores["psnr"].as_dict()["limit"] == "+inf"
    assert scores["psnr"].as_dict()["value"] is None
    assert scores["ssim"].value == pytest.approx(1)
    assert scores["rmse"].value == scores["lmd"].value == 0
    assert scores["identity-angle"].value == pytest.approx(0, abs=1e-5)


def test_sizes_must_be_equal_unless_one_says_otherwise(real_pair):
    output, truth = cv2.resize(real_pair[0], (256, 256), interpolation=cv2.INTER_AREA), real_pair[1]
    with pytest.raises(InputError, match=r"256x256 pixels and the truth 512x512.*--resize output"):
        bonaface.measure(output, truth, measures=["psnr"])
    small = bonaface.measure(output, truth, measures=["psnr"], resize="truth")["psnr"].value
    reduced = cv2.resize(truth, (256, 256), interpolation=cv2.INTER_AREA)
    assert small == pytest.approx(psnr(output, reduced))
    large = bonaface.measure(output, truth, measures=["psnr"], resize="output")["psnr"].value
    enlarged = np.clip(cv2.resize(output, (512, 512), interpolation=cv2.INTER_LANCZOS4), 0, 1)
    assert large == pytest.approx(psnr(enlarged, truth))
    assert small != pytest.approx(large, abs=0.5)  # which is why nobody chooses for the user
    with pytest.raises(InputError, match="The proportions differ"):
        bonaface.measure(output[:200], truth, measures=["psnr"], resize="output")


def test_other_framings_are_refused_and_the_check_can_be_left_out(real_pair):
    truth = real_pair[1]
    moved = np.roll(truth, 20, axis=1)
    with pytest.raises(FramingError, match=r"20\.0 px off the truth.*framing=False"):
        bonaface.measure(moved, truth, measures=["psnr"])
    other = np.ascontiguousarray(truth[::-1, ::-1])
    with pytest.raises(FramingError):
        bonaface.measure(other, truth, measures=["psnr"])
    assert bonaface.measure(other, truth, measures=["psnr"], framing=False)["psnr"].value == psnr(other, truth)
    little = Measurer(choose(["psnr"], []))(np.roll(truth, 1, axis=1), truth)
    assert "lies up to 1.0 px off the truth" in little.notes[0]
    assert Measurer(choose(["psnr"], []), Options(framing=False))(moved, truth).notes == ()


def test_transparent_pixels_are_told(astronaut, tmp_path):
    alpha = np.full(astronaut.shape[:2], 255, np.uint8)
    alpha[:50] = 0
    Image.fromarray(np.dstack([astronaut, alpha])).save(tmp_path / "output.png")
    measured = Measurer(choose(["psnr"], []))(tmp_path / "output.png", astronaut)
    grey = astronaut.copy()
    grey[:50] = 128
    assert measured.scores["psnr"].value == pytest.approx(
        bonaface.measure(grey, astronaut, measures=["psnr"])["psnr"].value, abs=0.01
    )
    assert any("transparen" in note for note in measured.notes)


def test_one_number_that_cannot_be_computed_costs_no_other(real_pair, monkeypatch):
    measurer = Measurer(choose(QUICK, []))
    measurer._functions["psnr"] = lambda output, truth: 1 / 0
    scores = measurer(*real_pair).scores
    assert scores["psnr"] == Score.failed("ZeroDivisionError: division by zero", "dB")
    assert scores["ssim-y"].status is Status.OK


def test_input_errors(real_pair):
    with pytest.raises(UnknownName, match="psnr"):
        bonaface.measure(*real_pair, measures=["pnsr"])
    with pytest.raises(InputError, match="No measure was named"):
        bonaface.measure(*real_pair, measures=[])
    with pytest.raises(PictureError):
        bonaface.measure("nowhere.png")
