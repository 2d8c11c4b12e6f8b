"""The parts that pages are made of."""

from __future__ import annotations

import doctest
from dataclasses import replace

import cv2
import numpy as np
import pytest

from bonaface.core.images import Picture
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Score, Verdict
from bonaface.report import facts, overlays, pictures, words
from bonaface.report.rows import ROW_NAMES, finding_row, score_name


@pytest.mark.parametrize("module", [facts, words])
def test_examples(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0412, "share", "4.1%"),
        (1.0, "share", "100%"),
        (-0.00001, "", "0.000"),
        (-4.22, "grey levels", "−4.2 grey levels"),
        (float("inf"), "dB", "∞ dB"),
        (7, "points", "7"),
        (2.5, "% of the eye", "2.5%"),
    ],
)
def test_numbers_for_readers(value, unit, text):
    assert words.number(value, unit) == text


def test_rounding():
    assert words.rounded({"a": [28.955398170160112, 1, None, "x"], "b": 1.23456789e-9}) == {
        "a": [28.9554, 1, None, "x"],
        "b": 1.23457e-9,
    }


def finding(severity, region=Region.NOSE, aspect=Aspect.TEXTURE, verdict=Verdict.ALTERED):
    score = Score(severity, "share")
    evidence = {"invented-share": Score(0.1, "share"), "lost-share": score, "floor:lost-share": Score(0.0, "share")}
    return Finding(region, aspect, "fine", verdict, score, Score(0.0, "share"), severity, "It is.", evidence)


def test_headline_is_varied(ledger):
    texture = [finding(0.9 - i / 100, region) for i, region in enumerate(list(Region)[:8])]
    other = finding(0.6, Region.WHOLE_FACE, Aspect.KEYPOINTS)
    weak = finding(0.1, Region.CHIN_JAW, Aspect.COLOUR)
    kept = finding(0.0, Region.MOUTH, verdict=Verdict.KEPT)
    told = facts.headline(replace(ledger, findings=(*texture, texture[0], other, weak, kept)))
    assert len(told) == 5
    assert len({f.region for f, _ in told}) == 5
    assert any(f.aspect is Aspect.KEYPOINTS for f, _ in told)
    assert not any(f.aspect is Aspect.COLOUR for f, _ in told)
    assert told[0] == (texture[0], 1)


def test_row_names_the_judged_number():
    row = finding_row(finding(0.5))
    assert tuple(row) == ROW_NAMES
    assert row["score_name"] == "lost-share"
    assert score_name(finding(0.5)) == "lost-share"


def test_overlay_shows_the_map():
    plane = np.zeros((64, 96), np.float32)
    plane[:, 48:] = 2 * overlays.FULL
    made = overlays.map_overlays({"invented": plane, "lost": plane.T[:64, :64].repeat(2, 1)[:, :96]}, (0, 0, 96, 64))
    assert made["invented"].greatest == pytest.approx(2 * overlays.FULL)
    shown = cv2.imdecode(np.frombuffer(made["invented"].layers[0].data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert shown.shape == (64, 96, 4)
    assert (shown[:, :48, 3] == 0).all()
    assert (shown[:, 48:, 3] == 255).all()
    blue, green, red = (int(v) for v in shown[0, 80, :3])
    assert red > green > blue


def test_overlay_of_a_small_face_has_a_sharper_piece():
    plane = np.full((2000, 3000), overlays.FULL, np.float32)
    made = overlays.map_overlays({"invented": plane, "lost": plane}, (1000, 400, 300, 400))["invented"]
    whole, piece = (cv2.imdecode(np.frombuffer(x.data, np.uint8), cv2.IMREAD_UNCHANGED) for x in made.layers)
    assert max(whole.shape) <= overlays.LONGEST
    assert piece.shape[:2] == (400, 300)
    assert (piece[..., 3] == 255).all()
    assert whole[100, 190, 3] == 0  # not shown twice
    assert whole[10, 10, 3] == 255


def test_lightness_of_the_palettes_grows():
    for name in ("invented", "lost", "density"):
        light = overlays.single_palette(name)[:, :3] @ [0.299, 0.587, 0.114]
        assert (np.diff(light) > 0).all()
        assert (np.diff(overlays.single_palette(name)[:, 3].astype(int)) >= 0).all()


def test_density_counts_all_points():
    points = np.random.default_rng(0).uniform(40, 60, (50, 2))
    made = overlays.density(points, (0, 0, 100, 100), 40)
    assert made.greatest > 0
    assert overlays.density(np.zeros((0, 2)), (0, 0, 100, 100), 40).greatest == 0


def test_outline_lies_on_the_grid():
    mask = np.zeros((20, 30), bool)
    mask[5:15, 10:20] = True
    assert overlays.outline(mask, (100, 200)) == "M110.5 205.5L110.5 214.5L119.5 214.5L119.5 205.5Z"


@pytest.mark.parametrize("side", [80, 320, 700])
def test_damaged_picture_lies_on_the_grid(ledger, photo, side):
    pixels = cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA if side < 320 else cv2.INTER_CUBIC)
    scale = 320 / side
    matrix = [[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2]]
    framing = {"observed": {"matrix": matrix, "scale": scale, "moved_px": 0.0}}
    seen = Picture(pixels=pixels, sha256="0" * 64, name="seen.png")
    held = {**ledger.arrays, "pictures": {**ledger.arrays["pictures"], "observed": seen}}
    placed = pictures.grid_pixels(replace(ledger, framing=framing, arrays=held))["observed"]
    assert placed.shape == photo.shape
    grey = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float32)[8:-8, 8:-8] for each in (placed, photo)]
    shift, _ = cv2.phaseCorrelate(*grey)
    assert np.hypot(*shift) < 0.1
    assert np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1] > 0.97


def test_sixteen_bits_are_shown_in_eight():
    deep = np.array([[[0, 32896, 65535]]], np.uint16)
    assert pictures.eight_bits(deep).tolist() == [[[0, 128, 255]]]


def test_a_small_face_is_shown_sharper(ledger):
    big = np.zeros((1200, 3000, 3), np.uint8)
    arrays = {**ledger.arrays, "truth": big, "placed": big, "window": [1000, 300, 1400, 700], "pictures": {}}
    shown = pictures.shown_pictures(replace(ledger, arrays=arrays))
    whole, face = shown.layers["output"]
    assert face.box == (1000, 300, 400, 400)
    assert cv2.imdecode(np.frombuffer(whole.data, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (410, 1024)
    assert cv2.imdecode(np.frombuffer(face.data, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (400, 400)
