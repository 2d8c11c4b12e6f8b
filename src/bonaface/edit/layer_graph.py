"""Expression layers as ONNX graphs: how they are stored, shipped and run, like every other network of Bonaface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bonaface.core.errors import GraphMismatch
from bonaface.edit.layer import Layer, SparseLayer
from bonaface.graphs.onnx import Signature
from bonaface.graphs.tensors import Tensor

KIND = "expression-layer"
PREFIX = "bonaface."
OPSET = 18


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """What a layer's file says of itself.

    Attributes:
        target: the expression that it makes, as `core.expressions` names it where it knows it.
        source: the expression that it starts from.
        side: of the pictures that it reads, in pixels.
        more: whatever else it says: field, penalty, pairs, people.
    """

    target: str
    source: str
    side: int
    more: Mapping[str, str]


def layer_signature(side: int) -> Signature:
    """What a layer's graph reads and delivers: RGB in [0, 1]."""
    return Signature((Tensor("image", ("N", 3, side, side)),), (Tensor("edited", ("N", 3, side, side)),))


def layer_graph(layer: Layer | SparseLayer, facts: LayerFacts) -> bytes:
    """A layer as the bytes of an .onnx file, weights in half precision.

    Args:
        layer: of square pictures with three channels.
        facts: stored with it.
    """
    import onnx
    from onnx import TensorProto, helper

    dense = isinstance(layer, Layer)
    weights, nodes = _dense(layer) if isinstance(layer, Layer) else _sparse(layer)
    side = layer.bias.shape[0]
    shape = ["N", 3, side, side]
    graph = helper.make_graph(
        nodes,
        KIND,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("edited", TensorProto.FLOAT, shape)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="bonaface")
    model.ir_version = 10
    said = {"kind": KIND, "target": facts.target, "source": facts.source, "side": str(side), **facts.more}
    said["form"] = "dense" if dense else "sparse"
    helper.set_model_props(model, {PREFIX + name: value for name, value in sorted(said.items())})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def layer_facts(file: Path) -> LayerFacts:
    """What the file of a layer says of itself; nothing of it is run.

    Raises:
        GraphMismatch: no ONNX file, or not one of an expression layer.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.ModelProto.FromString(file.read_bytes())
    except (DecodeError, OSError) as error:
        raise GraphMismatch(f"{file} cannot be read as an ONNX graph ({error}). Give an expression layer.") from error
    said = {each.key.removeprefix(PREFIX): each.value for each in model.metadata_props}
    missing = [name for name in ("target", "source", "side") if not said.get(name)]
    if said.get("kind") != KIND or missing or not said["side"].isdigit():
        raise GraphMismatch(
            f"{file} is no expression layer: it does not say what it makes. Expected a file that "
            "`bonaface train ridge --pairs A/ B/` wrote."
        )
    more = {name: value for name, value in said.items() if name not in ("kind", "target", "source", "side")}
    return LayerFacts(said["target"], said["source"], int(said["side"]), more)


def _dense(layer: Layer) -> tuple[list[Any], list[Any]]:
    """Initialisers and nodes: each place of the field is a shifted picture times its weights."""
    from onnx import helper

    k, side = layer.field, layer.bias.shape[0]
    r = k // 2
    weights = [
        _tensor("pads", np.array([0, 0, r, r, 0, 0, r, r], np.int64)),
        _tensor("axes", np.array([2, 3], np.int64)),
        _tensor("low", np.float32(0)),
        _tensor("high", np.float32(1)),
        _half("bias", layer.bias.transpose(2, 0, 1)),
    ]
    nodes = [helper.make_node("Pad", ["image", "pads"], ["padded"], mode="edge"), _single("bias")]
    terms = ["bias"]
    for place in range(k * k):
        y, x = divmod(place, k)
        weights += [
            _half(f"weights-{place}", layer.weights[..., place].transpose(2, 0, 1)),
            _tensor(f"from-{place}", np.array([y, x], np.int64)),
            _tensor(f"to-{place}", np.array([y + side, x + side], np.int64)),
        ]
        nodes += [
            _single(f"weights-{place}"),
            helper.make_node("Slice", ["padded", f"from-{place}", f"to-{place}", "axes"], [f"seen-{place}"]),
            helper.make_node("Mul", [f"seen-{place}", f"weights-{place}"], [f"part-{place}"]),
        ]
        terms.append(f"part-{place}")
    return weights, [*nodes, *_ending(terms)]


def _sparse(layer: SparseLayer) -> tuple[list[Any], list[Any]]:
    """Initialisers and nodes: the chosen pixels are gathered, one set for each weight."""
    from onnx import helper

    height, width, channels, count = layer.places.shape
    within = np.arange(channels)[:, None, None] * (height * width)
    weights = [
        _tensor("flat", np.array([0, channels * height * width], np.int64)),
        _tensor("shape", np.array([0, channels, height, width], np.int64)),
        _tensor("low", np.float32(0)),
        _tensor("high", np.float32(1)),
        _half("bias", layer.bias.transpose(2, 0, 1)),
    ]
    nodes = [helper.make_node("Reshape", ["image", "flat"], ["pixels"]), _single("bias")]
    terms = ["bias"]
    for number in range(count):
        places = layer.places[..., number].transpose(2, 0, 1) + within
        weights += [
            _half(f"weights-{number}", layer.weights[..., number].transpose(2, 0, 1)),
            _tensor(f"places-{number}", places.ravel().astype(np.int32)),
        ]
        nodes += [
            _single(f"weights-{number}"),
            helper.make_node("Gather", ["pixels", f"places-{number}"], [f"taken-{number}"], axis=1),
            helper.make_node("Reshape", [f"taken-{number}", "shape"], [f"seen-{number}"]),
            helper.make_node("Mul", [f"seen-{number}", f"weights-{number}"], [f"part-{number}"]),
        ]
        terms.append(f"part-{number}")
    return weights, [*nodes, *_ending(terms)]


def _ending(terms: Sequence[str]) -> list[Any]:
    from onnx import helper

    nodes, total = [], terms[0]
    for number, term in enumerate(terms[1:]):
        nodes.append(helper.make_node("Add", [total, term], [f"sum-{number}"]))
        total = f"sum-{number}"
    return [*nodes, helper.make_node("Clip", [total, "low", "high"], ["edited"])]


def _tensor(name: str, values: Any) -> Any:
    from onnx import numpy_helper

    return numpy_helper.from_array(np.ascontiguousarray(values), name)


def _half(name: str, values: np.ndarray) -> Any:
    return _tensor(f"{name}.half", values.astype(np.float16))


def _single(name: str) -> Any:
    from onnx import TensorProto, helper

    return helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT)
