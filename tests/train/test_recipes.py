"""Every recipe learns from a dozen real faces, and its network exports to an ONNX graph that computes the same."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bonaface.train.deployed import OUTPUTS, DeployedProUIGAN, example_inputs  # noqa: E402
from bonaface.train.export import TOLERANCE, export, run_graph  # noqa: E402
from bonaface.train.faces import open_faces  # noqa: E402
from bonaface.train.loop import train  # noqa: E402
from bonaface.train.nets.landmarks import ThumbnailLandmarks  # noqa: E402
from bonaface.train.nets.reader import FaceReader  # noqa: E402

STEPS = 14


def attributes(dozen, data):
    from bonaface.train.attributes import AttributeConfig, AttributeTask

    return AttributeTask(AttributeConfig(width=8, steps=STEPS, batch=12, held_back=0), dozen)


def landmarks(dozen, data):
    from bonaface.train.landmarks import LandmarkConfig, LandmarkTask

    return LandmarkTask(LandmarkConfig(width=8, steps=STEPS, batch=12, held_back=0), dozen)


def parser(dozen, data):
    from bonaface.train.parser import ParserConfig, ParserTask, open_labelled

    labelled = open_labelled(data / "celebamask").select(np.arange(0, 900, 75))
    return ParserTask(ParserConfig(width=8, decoder=(16, 8, 8), steps=STEPS, batch=4, held_back=0), labelled)


def expression(dozen, data):
    from bonaface.train.expression import ExpressionConfig, ExpressionTask
    from bonaface.train.faces import FaceData

    faces = open_faces(data / "expressions.parquet", ("expression",)).select(np.arange(0, 3000, 250))
    squares = [cv2.resize(faces.picture(i), (128, 128)) for i in range(len(faces))]
    encoded = tuple(cv2.imencode(".png", square)[1].tobytes() for square in squares)
    config = ExpressionConfig(width=8, steps=STEPS, batch=12, fold=-1)
    return ExpressionTask(config, FaceData(faces.names, encoded, faces.columns))


def pro_uigan(dozen, data):
    from bonaface.train.pro_uigan import ProUIGANConfig, ProUIGANTask

    torch.manual_seed(0)
    config = ProUIGANConfig(steps=(STEPS, 4, 4, 4), batch=(8, 4, 4, 4), held_back=0)
    return ProUIGANTask(config, dozen, landmarks=ThumbnailLandmarks(torch.full((68, 2), 64.0)), reader=FaceReader(40))


MAKERS = {
    "bonaface-attributes.onnx": attributes,
    "bonaface-landmarks.onnx": landmarks,
    "bonaface-parser.onnx": parser,
    "bonaface-expression.onnx": expression,
    "pro-uigan-compact.onnx": pro_uigan,
}


@pytest.mark.parametrize("graph", MAKERS)
def test_the_loss_falls_and_the_graph_computes_the_same(graph, dozen, data, settings, tmp_path):
    task = MAKERS[graph](dozen, data)

    outcome = train(task, graph, settings)

    assert outcome.finished
    first = next(iter(outcome.losses.values()))
    assert len(first) == STEPS
    assert np.mean(first[-4:]) < np.mean(first[:4])
    assert all(np.isfinite(values).all() for values in outcome.losses.values())
    network = outcome.average
    if graph == "pro-uigan-compact.onnx":
        network = DeployedProUIGAN(network)
    for half in (False, True):
        path = tmp_path / f"{half}.onnx"
        difference = export(network, example_inputs(graph), OUTPUTS[graph], path, half_weights=half)
        assert difference <= TOLERANCE
        # The batch axis is free: five at once, of other values, equal five alone.
        many = {name: torch.cat([value, value.flip(0), value[:1]]) for name, value in example_inputs(graph).items()}
        alone = [run_graph(path, {name: value[i : i + 1] for name, value in many.items()}) for i in range(5)]
        for number, values in enumerate(run_graph(path, many)):
            np.testing.assert_allclose(values, np.concatenate([one[number] for one in alone]), atol=1e-4)
    assert (tmp_path / "True.onnx").stat().st_size < 0.75 * (tmp_path / "False.onnx").stat().st_size


def test_discriminators_learn_in_the_fourth_step_only(dozen, data, settings):
    outcome = train(pro_uigan(dozen, data), "pro-uigan", settings)

    phases = {name.split("/")[0] for name in outcome.losses if "/D " in name}
    assert phases == {"full"}
    assert {"full/D local-0", "full/D local-2", "full/D global"} <= outcome.losses.keys()


@pytest.mark.parametrize("losses", ["mse-h", "mse-h-feature-23", "mse-h-feature", "no-global", "full", "pixel"])
def test_loss_sets_of_table_three(losses, dozen, settings):
    from bonaface.train.pro_uigan import ProUIGANConfig, ProUIGANTask

    config = ProUIGANConfig(losses=losses, steps=(1, 1, 1, 0), batch=(2, 2, 2, 0), held_back=0)
    estimator = ThumbnailLandmarks(torch.full((68, 2), 64.0))
    found = train(ProUIGANTask(config, dozen, landmarks=estimator, reader=FaceReader(40)), "p", settings).losses

    last = {name.split("/")[1] for name in found if name.startswith("fidelity")}
    assert {"mse 1", "mse 2", "mse 3"} <= last
    assert ("h 1" in last) == (losses != "pixel")
    assert ("feature 1" in last) == (losses in ("mse-h-feature", "no-global", "full"))
    assert ("feature 2" in last) == (losses not in ("mse-h", "pixel"))
    assert ("style 3" in last) == (losses in ("no-global", "full"))
    assert ("D local-2" in last) == (losses in ("no-global", "full"))
    assert ("D global" in last) == (losses == "full")
    assert ("block-1/D local-0" in found) == (losses in ("no-global", "full"))


@pytest.mark.parametrize("prior", ["none", "true"])
def test_priors_of_table_two(prior, dozen, settings):
    from bonaface.train.pro_uigan import ProUIGANConfig, ProUIGANTask

    config = ProUIGANConfig(prior=prior, steps=(1, 1, 1, 0), batch=(2, 2, 2, 0), held_back=0)
    task = ProUIGANTask(config, dozen)
    found = train(task, "p", settings).losses

    assert any("/h " in name for name in found) == (prior == "true")
    attention = [name for name, _ in task.networks["generator"].named_parameters() if "attention" in name]
    assert bool(attention) == (prior == "true")


def test_a_pro_uigan_without_its_estimator_is_refused(dozen):
    from bonaface.core.errors import InputError
    from bonaface.train.pro_uigan import ProUIGANConfig, ProUIGANTask

    with pytest.raises(InputError, match="bonaface train landmarks"):
        ProUIGANTask(dataclasses.replace(ProUIGANConfig(), held_back=0), dozen)
