"""What the probe says of graphs whose faults are known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from bonaface.api.probing import probe
from bonaface.cli import app
from bonaface.core.errors import InputError, UnknownName, WeightsMissing
from made_graphs import write_graph


def run(folder, restorer="gpen-bfr-256", **how):
    return probe(restorer, file=write_graph(folder, restorer, **how), engine="onnxruntime")


def test_a_restorer_that_works(tmp_path):
    found = run(tmp_path, kind="change")
    assert (found.noise, found.passed_through, found.flat, found.dead_knobs) == ("none", False, "", ())
    assert found.engine == "onnxruntime"
    assert [effect.of for effect in found.effects] == ["input", "run", "seed"]
    assert found.effect("input").most > 20
    assert found.effect("run").most == 0
    assert found.sentences == ["The same input gives the same output; the seed has no effect, as nothing is random."]


def test_an_input_that_is_handed_on(tmp_path):
    found = run(tmp_path, kind="identity")
    assert found.passed_through
    assert "hands its input on" in found.sentences[0]


def test_a_black_output(tmp_path):
    found = run(tmp_path, kind="black")
    assert found.flat == "black"
    assert not found.effect("input").changes
    assert found.sentences[:2] == ["Its output is black.", "Its output does not depend on its input."]


def test_noise_that_is_drawn_inside_is_unfixable(tmp_path):
    found = run(tmp_path, kind="random")
    assert found.noise == "unfixable"
    assert found.effect("run").changes
    assert "unfixable" in found.sentences[-1]


def test_noise_that_follows_the_seed(tmp_path):
    found = run(tmp_path, kind="noise")
    assert found.noise == "seeded"
    assert not found.effect("run").changes


def test_a_knob_that_works(tmp_path):
    found = run(tmp_path, "codeformer")
    assert found.dead_knobs == ()
    assert found.effect("knob w").most == pytest.approx(0.2 * 127.5, abs=2)


@pytest.mark.parametrize("kind", ["blur", "random"])
def test_a_knob_without_effect(tmp_path, kind):
    found = run(tmp_path, "codeformer", kind=kind)
    assert found.dead_knobs == ("w",)
    assert "The knob w has no effect." in found.sentences


def test_an_interpolation_only_enlarges():
    found = probe("bicubic")
    assert found.passed_through
    assert found.engine == ""
    assert not probe("lanczos").passed_through


def test_our_own_network():
    found = probe("pro-uigan-compact")
    assert (found.noise, found.passed_through, found.flat) == ("none", False, "")


def test_what_cannot_be_probed(tmp_path, monkeypatch):
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path))
    with pytest.raises(UnknownName):
        probe("gfpgan")
    with pytest.raises(WeightsMissing):
        probe("restoreformer-plus-plus")
    with pytest.raises(InputError, match=r"no knob called 'fancy': it has engine, device, threads"):
        probe("gpen-bfr-256", fancy=1)
    with pytest.raises(InputError, match="no file"):
        probe("gpen-bfr-256", file=tmp_path / "gone.onnx")
    with pytest.raises(InputError, match="2 files"):
        probe("pro-uigan-compact", file=tmp_path)


def test_the_command(tmp_path):
    path = write_graph(tmp_path, "codeformer", kind="identity")
    call = ["models", "probe", "codeformer", "--file", str(path), "--engine", "onnxruntime"]
    text = CliRunner().invoke(app, call)
    assert text.exit_code == 0, text.output
    assert "hands its input on" in text.stdout
    assert "The knob w has no effect." in text.stdout
    assert "knob w" in text.stdout
    found = json.loads(CliRunner().invoke(app, [*call, "--json"]).stdout)
    assert found["passed_through"] is True
    assert found["dead_knobs"] == ["w"]
    assert [effect["of"] for effect in found["effects"]] == ["input", "run", "seed", "knob w"]
    assert np.isfinite(found["seconds"])
