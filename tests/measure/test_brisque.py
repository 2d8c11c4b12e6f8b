import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.ndimage
import scipy.special

from bonaface.core.errors import WeightsError
from bonaface.io.weights import locate
from bonaface.measure import brisque
from bonaface.measure.brisque import BRISQUE, MODEL, RANGE, features
from bonaface.measure.record import NotApplicable
from bonaface.measure.regression import FEATURES, read_regression

RECORDED = json.loads((Path(__file__).parent / "brisque.json").read_text(encoding="utf-8"))["pictures"]
STEP = 1.1e-3
"""Shapes are looked up in a table in steps of 0.001: two implementations may take neighbouring ones."""
FLOAT32 = 5e-5
"""OpenCV computes the same in single precision."""
EACH = pytest.mark.parametrize("name", RECORDED)


@pytest.fixture(scope="module")
def pictures(astronaut):
    """As record_brisque.py makes them."""
    noise = np.random.default_rng(0).normal(0, 12.75, astronaut.shape)
    made = {
        "as it is": astronaut,
        "noise": np.rint(np.clip(astronaut + noise, 0, 255)).astype(np.uint8),
        "blur": cv2.GaussianBlur(astronaut, (0, 0), 2),
        "odd sides": astronaut[:251, :333],
    }
    return {name: pixels.astype(np.float32) / np.float32(255) for name, pixels in made.items()}


@EACH
def test_features_agree_with_opencv(pictures, name):
    found, recorded = features(pictures[name]), np.array(RECORDED[name]["opencv"]["features"])
    shapes = np.isin(np.arange(FEATURES) % 18, (0, 2, 6, 10, 14))
    np.testing.assert_allclose(found[shapes], recorded[shapes], atol=STEP)
    np.testing.assert_allclose(found[~shapes], recorded[~shapes], atol=FLOAT32)


def planes(image):
    grey = cv2.cvtColor(np.rint(255 * image).astype(np.uint8), cv2.COLOR_RGB2GRAY).astype(np.float64)
    return grey, cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_CUBIC)


def plain_features(plane):
    """What piq and pyiqa do otherwise: black around the picture, neighbours across its edge, a symmetric first fit."""
    gamma = scipy.special.gamma
    taps = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
    kernel = np.outer(taps, taps) / taps.sum() ** 2
    mean = scipy.ndimage.correlate(plane, kernel, mode="constant")
    deviation = np.sqrt(np.abs(scipy.ndimage.correlate(plane**2, kernel, mode="constant") - mean**2))
    normal = (plane - mean) / (deviation + 1)
    shapes = np.arange(0.2, 10.001, 0.001)
    ratios = gamma(2 / shapes) ** 2 / (gamma(1 / shapes) * gamma(3 / shapes))
    variance = (normal**2).mean()
    out = [shapes[np.argmin(np.abs(variance / np.abs(normal).mean() ** 2 - 1 / ratios))], variance]
    for shift in ((0, 1), (1, 0), (1, 1), (-1, 1)):
        values = normal * np.roll(normal, shift, axis=(0, 1))
        left, right = (np.sqrt((part**2).mean()) for part in (values[values < 0], values[values > 0]))
        g = left / right
        ratio = np.abs(values).mean() ** 2 / (values**2).mean() * (g**3 + 1) * (g + 1) / (g**2 + 1) ** 2
        a = shapes[np.argmin(np.abs(ratios - ratio))]
        eta = (right - left) * gamma(2 / a) / np.sqrt(gamma(1 / a) * gamma(3 / a))
        out += [a, eta, left**2, right**2]
    return out


@EACH
@pytest.mark.parametrize("library", ["pyiqa", "piq"])
def test_what_explains_the_difference_to_piq_and_pyiqa(pictures, name, library):
    """Theirs are ours but for the edges and the first fit: up to 0.05 in a shape; and their own second scale: 0.17."""
    theirs = np.array(RECORDED[name][library]["features"])
    explained = np.concatenate([plain_features(plane) for plane in planes(pictures[name])])
    np.testing.assert_allclose(explained, theirs, atol=STEP)
    found = features(pictures[name])
    np.testing.assert_allclose(found, theirs, atol=0.05)
    np.testing.assert_allclose(found[18:], RECORDED[name][library]["own second scale"], atol=0.17)


@EACH
def test_values_by_the_published_regression(pictures, name):
    files = {card.name: locate(card) for card in BRISQUE.weights}
    if not all(files.values()):
        pytest.skip("the published regression is not here: bonaface models fetch brisque")
    assert BRISQUE.load(files)(pictures[name])[""] == pytest.approx(RECORDED[name]["opencv"]["value"], abs=0.01)


def test_the_whole_way_with_a_made_regression(made_weights, pictures):
    measure = BRISQUE.load(made_weights)
    svm = cv2.ml.SVM_load(str(made_weights[MODEL.name]))
    storage = cv2.FileStorage(str(made_weights[RANGE.name]), cv2.FILE_STORAGE_READ)
    low, high = storage.getNode("range").mat()
    for image in pictures.values():
        row = (2 * (features(image) - low) / (high - low) - 1).astype(np.float32)
        expected = svm.predict(row[None])[1][0, 0]
        assert measure(image)["uncut"].value == pytest.approx(expected, abs=1e-4)
        assert measure(image)[""] == pytest.approx(np.clip(expected, 0, 100), abs=1e-4)
    assert len({measure(image)["uncut"].value for image in pictures.values()}) == len(pictures)


@pytest.mark.parametrize(("found", "expected"), [(-15.0, 0), (42.5, 42.5), (130.0, 100)])
def test_the_value_is_cut_off(pictures, made_weights, monkeypatch, found, expected):
    monkeypatch.setattr(brisque, "read_regression", lambda *_: lambda _: found)
    values = BRISQUE.load(made_weights)(pictures["noise"])
    assert (values[""], values["uncut"].value) == (expected, found)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_flat_picture_has_none(value):
    with pytest.raises(NotApplicable, match="64x32 has no texture"):
        features(np.full((32, 64, 3), value, np.float32))


def test_small_pictures_give_numbers(pictures):
    assert np.isfinite(features(pictures["as it is"][100:133, 200:232])).all()


PROGRAM = """
import sys, pathlib
from bonaface.measure.regression import read_regression
read_regression(*map(pathlib.Path, sys.argv[1:]))
"""
DAMAGE = {
    "empty": lambda text: "",
    "no YAML": lambda text: "<html>not found</html>",
    "zeros": lambda text: text[:300] + "\0" * 50,
    "cut off": lambda text: text[: len(text) // 2],
    "another model": lambda text: "%YAML:1.0\n---\nfoo: 1\n",
    "another kind": lambda text: text.replace("EPS_SVR", "C_SVC"),
    "kernel": lambda text: text.replace("RBF", "LINEAR"),
    "too many vectors": lambda text: text.replace("sv_total: ", "sv_total: 9999"),
    "no vectors": lambda text: text.replace("sv_total: ", "sv_total: -"),
    "variables": lambda text: text.replace("var_count: 36", "var_count: 3600000"),
    "coefficients": lambda text: text.replace("sv_count: ", "sv_count: 9999"),
    "not a number": lambda text: text.replace("rho: ", "rho: .Nan # "),
    "deep brackets": lambda text: "%YAML:1.0\n---\na: " + "[" * 200_000 + "]" * 200_000,
    "deep braces": lambda text: "%YAML:1.0\n---\na: " + "{ b: " * 200_000,
    "deep dashes": lambda text: "%YAML:1.0\n---\na:\n   " + "- " * 200_000 + "1",
    "too large": lambda text: "%YAML:1.0\n---\na: " + "1" * 5_000_000,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_and_hostile_models_are_told(made_weights, tmp_path, name):
    """In a process of its own: OpenCV's parser ends the process at some of them, if they reach it."""
    path = tmp_path / MODEL.name
    path.write_text(DAMAGE[name](made_weights[MODEL.name].read_text()))
    command = [sys.executable, "-c", PROGRAM, str(path), str(made_weights[RANGE.name])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, (done.returncode, done.stderr[-300:])
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("bonaface.core.errors.WeightsError: ")
    assert MODEL.name in last
    assert "expected a" in last


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: "%YAML:1.0\n---\nfoo: 1\n", "no matrix `range`"),
        (lambda text: text.replace("cols: 36", "cols: 18").replace("rows: 2", "rows: 4"), r"shape \(4, 18\)"),
        (lambda text: text.replace(" 1., 1., 1.", " 1., -3., 1.", 1), "not rising"),
        (lambda text: text.replace("36", "9999999"), "cannot be used"),
        (lambda text: text[:120], "cannot be used"),
    ],
)
def test_damaged_ranges_are_told(made_weights, tmp_path, change, why):
    path = tmp_path / RANGE.name
    path.write_text(change(made_weights[RANGE.name].read_text()))
    with pytest.raises(WeightsError, match=why):
        read_regression(made_weights[MODEL.name], path)


def test_a_regression_of_other_features_is_refused(writers, tmp_path):
    with pytest.raises(WeightsError, match="18 variables"):
        read_regression(*writers["brisque"](tmp_path, variables=18))
