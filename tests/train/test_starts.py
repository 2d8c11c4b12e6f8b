"""Training goes on from the graphs that are shipped: what they compute is what the network starts with."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bonaface.core.errors import InputError  # noqa: E402
from bonaface.graphs.bundled import ATTRIBUTES, BUNDLED, LANDMARKS_16, PRO_UIGAN_COMPACT  # noqa: E402
from bonaface.io.weights import find_weights  # noqa: E402
from bonaface.train.deployed import DeployedProUIGAN, example_inputs  # noqa: E402
from bonaface.train.export import run_graph  # noqa: E402
from bonaface.train.nets.landmarks import ThumbnailLandmarks  # noqa: E402
from bonaface.train.nets.parser import FaceParser  # noqa: E402
from bonaface.train.nets.pro_uigan import PLAIN, ProUINet, draw_heatmaps  # noqa: E402
from bonaface.train.nets.reader import FaceReader  # noqa: E402
from bonaface.train.nets.reggan import Refiner  # noqa: E402
from bonaface.train.starts import fill, fit_layer, graph_weights, measure_norms  # noqa: E402

MAKERS = {
    "bonaface-landmarks.onnx": lambda: ThumbnailLandmarks(torch.zeros(68, 2)),
    "pro-uigan-compact.onnx": ProUINet,
    "pro-uigan-compact-full.onnx": ProUINet,
    "pro-uigan-plain.onnx": lambda: ProUINet(PLAIN, with_prior=False),
    "bonaface-parser.onnx": FaceParser,
    "bonaface-attributes.onnx": lambda: FaceReader(40),
    "bonaface-expression.onnx": lambda: FaceReader(8),
    "reggan-compact.onnx": Refiner,
}
NETWORKS = [card for card in BUNDLED if not card.name.startswith("ridge-")]  # layers are no networks of PyTorch


@pytest.mark.parametrize("card", NETWORKS, ids=lambda card: card.name)
@torch.no_grad()
def test_a_network_filled_from_its_graph_computes_the_same(card):
    file, inputs = find_weights(card), example_inputs(card.name, 4)
    network = MAKERS[card.name]()
    fill(network, file, spare="heatmaps." if isinstance(network, ProUINet) else "")
    network.eval()
    shipped = DeployedProUIGAN(network) if isinstance(network, ProUINet) else network

    found = shipped(*inputs.values())
    first = found[0] if isinstance(found, tuple) else found

    np.testing.assert_allclose(first.numpy(), run_graph(file, inputs)[0], atol=1e-4)


@torch.no_grad()
def test_norms_take_over_statistics_without_changing_the_output():
    file = find_weights(ATTRIBUTES)
    images = torch.rand(32, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    network = FaceReader(40, dropout=0.0)
    fill(network, file)
    before = network.eval()(images)

    measure_norms(network, images)

    torch.testing.assert_close(network.eval()(images), before, atol=1e-4, rtol=1e-4)
    learning = network.train()(images)  # statistics of the batch itself, which are the same
    torch.testing.assert_close(learning, before, atol=0.05, rtol=0.05)
    plain = FaceReader(40, dropout=0.0)
    fill(plain, file)
    assert (plain.train()(images) - before).abs().max() > 1  # without it, training would start from something else


@torch.no_grad()
def test_a_layer_is_fitted_to_what_it_should_give(dozen):
    from bonaface.train.pro_uigan import ProUIGANConfig, ProUIGANTask

    config = ProUIGANConfig(steps=(0, 0, 0, 2), held_back=0, true_share=1)
    starts = {"landmarks": find_weights(LANDMARKS_16), "reader": find_weights(ATTRIBUTES)}
    task = ProUIGANTask(config, dozen, **starts, generator=find_weights(PRO_UIGAN_COMPACT))
    made = task.networks["generator"]
    points = torch.from_numpy(np.stack([dozen.columns["landmarks68"][i] for i in range(12)])).float().reshape(12, 68, 2)
    truth = [torch.from_numpy(dozen.picture(i).transpose(2, 0, 1)).float() / 255 for i in range(12)]
    small = torch.nn.functional.avg_pool2d(torch.stack(truth), 8)

    drawn = made(small, torch.zeros(12, 1, 128, 128), points, torch.ones(12, 68)).heatmaps[0]

    exact = draw_heatmaps(points, torch.ones(12, 68), 16)
    assert float((drawn - exact).square().mean()) < 0.5 * float(exact.square().mean())


@torch.no_grad()
def test_least_squares_finds_a_known_layer():
    inputs = torch.randn(3, 5, 8, 8, generator=torch.Generator().manual_seed(2))
    known, fitted = torch.nn.Conv2d(5, 4, 1), torch.nn.Conv2d(5, 4, 1)

    fit_layer(fitted, known(inputs), lambda: fitted(inputs))

    torch.testing.assert_close(fitted.weight, known.weight, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(fitted.bias, known.bias, atol=1e-3, rtol=1e-3)


def test_graphs_of_another_network_are_refused_with_both_shapes():
    with pytest.raises(InputError, match=r"holds \(40, 192\) for head.*; expected \(8, 192\)|holds nothing for"):
        fill(FaceReader(8), find_weights(ATTRIBUTES))


@pytest.mark.parametrize("content", [b"\xff\xff\xff", b"no graph"])
def test_a_broken_graph_is_refused(tmp_path, content):
    (tmp_path / "g.onnx").write_bytes(content)

    with pytest.raises(InputError, match=r"cannot be read as an ONNX graph|holds nothing"):
        fill(FaceReader(8), tmp_path / "g.onnx")


def test_a_missing_graph_is_named(tmp_path):
    with pytest.raises(InputError, match="is not there"):
        graph_weights(tmp_path / "g.onnx")


def test_statistics_need_two_pictures():
    with pytest.raises(InputError, match="at least 2 pictures"):
        measure_norms(FaceReader(8), torch.rand(1, 3, 128, 128))
