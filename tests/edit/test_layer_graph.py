"""Expression layers as files."""

import numpy as np
import onnx
import pytest

from bonaface.core.errors import BonafaceError, GraphMismatch, ImageError, InputError
from bonaface.edit.expressing import Expressing
from bonaface.edit.layer import Layer, SparseLayer
from bonaface.edit.layer_graph import LayerFacts, layer_facts, layer_graph, layer_signature
from bonaface.edit.regression import fit_layer
from bonaface.edit.sparse import fit_sparse
from bonaface.graphs.guard import look
from bonaface.graphs.onnx import Graph


def made(kind, side=16, count=30):
    rng = np.random.default_rng(5)
    inputs = rng.random((count, side, side, 3))
    targets = np.clip(0.6 * inputs + 0.3 * np.roll(inputs, 1, axis=1), 0, 1)
    if kind == "sparse":
        return fit_sparse(inputs, targets, count=4, window=2, penalty=0.1)
    return fit_layer(inputs, targets, field=int(kind), penalty=0.1)


@pytest.mark.parametrize("kind", ["1", "3", "5", "sparse"])
def test_the_graph_computes_what_the_layer_does(kind, tmp_path):
    layer, file = made(kind), tmp_path / "layer.onnx"
    file.write_bytes(layer_graph(layer, LayerFacts("happy", "neutral", 16, {"pairs": "30"})))
    look(file)
    images = np.random.default_rng(1).random((3, 16, 16, 3)).astype(np.float32)
    out = Graph(file, layer_signature(16)).run({"image": np.ascontiguousarray(images.transpose(0, 3, 1, 2))})["edited"]
    expected = np.stack([layer(image) for image in images])
    np.testing.assert_allclose(out.transpose(0, 2, 3, 1), expected, atol=2e-3)  # half a level of 8 bits: half precision
    facts = layer_facts(file)
    assert (facts.target, facts.source, facts.side, facts.more["pairs"]) == ("happy", "neutral", 16, "30")
    assert facts.more["form"] == ("sparse" if kind == "sparse" else "dense")


def test_the_file_is_the_same_every_time():
    layer, facts = made("3"), LayerFacts("happy", "neutral", 16, {"pairs": "30", "field": "3"})
    assert layer_graph(layer, facts) == layer_graph(layer, facts)


def test_other_graphs_are_refused(tmp_path):
    file = tmp_path / "other.onnx"
    model = onnx.ModelProto.FromString(layer_graph(made("1"), LayerFacts("happy", "neutral", 16, {})))
    del model.metadata_props[:]
    file.write_bytes(model.SerializeToString())
    with pytest.raises(GraphMismatch, match="no expression layer"):
        layer_facts(file)
    file.write_bytes(b"not a graph")
    with pytest.raises(BonafaceError):
        Expressing("ridge", {"a": file})


def whole_size(tmp_path, target="happy"):
    """A layer of 256 px that darkens: its file."""
    side = 256
    weights = np.zeros((side, side, 3, 1))
    weights[:] = 0.5
    layer = Layer(weights, np.full((side, side, 3), 0.1))
    file = tmp_path / f"{target}.onnx"
    file.write_bytes(layer_graph(layer, LayerFacts(target, "neutral", side, {})))
    return file


def test_an_editor_of_layers(tmp_path):
    edit = Expressing("ridge", {"one": whole_size(tmp_path), "two": whole_size(tmp_path, "sulking")})
    image = np.random.default_rng(0).random((256, 256, 3)).astype(np.float32)
    np.testing.assert_allclose(edit(image, "sulking"), 0.5 * image + 0.1, atol=1e-3)
    assert set(edit.layers) == {"happy", "sulking"}
    with pytest.raises(InputError, match=r"asked for a face 'sad', and makes happy, sulking"):
        edit(image, "sad")
    with pytest.raises(ImageError, match="is 128x128 pixels; ridge reads 256x256"):
        edit(np.ascontiguousarray(image[:128, :128]), "happy")
    with pytest.raises(InputError, match="takes none"):
        edit(image, "happy", region=np.ones((256, 256), np.bool_))


def test_layers_of_another_size_are_refused(tmp_path):
    file = tmp_path / "small.onnx"
    file.write_bytes(layer_graph(made("1"), LayerFacts("happy", "neutral", 16, {})))
    with pytest.raises(GraphMismatch, match="reads faces of 16 px; ridge reads 256"):
        Expressing("ridge", {"small": file})


def test_sparse_layers_apply_to_their_own_channels():
    places = np.zeros((2, 2, 3, 1), np.int32)
    places[0, 1] = 3
    layer = SparseLayer(places, np.ones((2, 2, 3, 1)), np.zeros((2, 2, 3)))
    image = np.arange(12, dtype=np.float32).reshape(2, 2, 3) / 12
    np.testing.assert_allclose(layer(image)[0, 1], image[1, 1])
    np.testing.assert_allclose(layer(image)[1, 1], image[0, 0])
