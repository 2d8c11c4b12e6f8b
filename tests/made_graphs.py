"""Small graphs with the inputs and outputs of published restorers, which change a picture in a known way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bonaface.restore import RESTORERS

CHANGE = 0.8
"""What `write_graph` does: the result is 0.8 times the picture in [-1, 1], so that black becomes 0.1 and white 0.9."""


def write_graph(
    folder: Path,
    restorer: str = "gfpgan-1.4",
    *,
    kind: str = "change",
    batch: int | str = "N",
    side: int | None = None,
    weight: bool | None = None,
    weight_type: int = TensorProto.DOUBLE,
    weight_shape: tuple[int | str, ...] = (1,),
) -> Path:
    """Write a graph under the name that the card of a restorer gives its file.

    Args:
        folder: where.
        restorer: an id of the catalog, one with a single file.
        kind: "change": 0.8 times the picture; with a weight, 0.8 times at w = 0 and the picture itself at w = 1.
            "identity": the picture itself. "black": black. "random": the picture with noise drawn inside.
            "noise": the picture with noise that is an input. "nan": not a number.
            "blur": a 3x3 mean, so that neighbouring pixels matter.
        batch: the first axis.
        side: of the faces; None: the card's.
        weight: an input that weighs; None: where the restorer has the knob w. It has an effect in "change" only.
        weight_type: of it.
        weight_shape: of it.
    """
    card = RESTORERS[restorer]
    side = side or (card.input_size or (512, 512))[0]
    weight = any(knob.name == "w" for knob in card.knobs) if weight is None else weight
    constants: dict[str, np.ndarray] = {"change": np.float32(CHANGE)}
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, (batch, 3, side, side))]
    if weight:
        inputs.append(helper.make_tensor_value_info("weight", weight_type, weight_shape))
    node = helper.make_node
    if kind == "change" and weight:
        constants |= {"rest": np.float32(1 - CHANGE), "flat": np.array([-1, 1, 1, 1], np.int64)}
        nodes = [
            node("Cast", ["weight"], ["w"], to=TensorProto.FLOAT),
            node("Reshape", ["w", "flat"], ["w4"]),
            node("Mul", ["w4", "rest"], ["more"]),
            node("Add", ["more", "change"], ["factor"]),
            node("Mul", ["input", "factor"], ["output"]),
        ]
    elif kind == "change":
        nodes = [node("Mul", ["input", "change"], ["output"])]
    elif kind == "identity":
        nodes = [node("Identity", ["input"], ["output"])]
    elif kind == "black":
        constants |= {"zero": np.float32(0), "one": np.float32(1)}
        nodes = [node("Mul", ["input", "zero"], ["nothing"]), node("Sub", ["nothing", "one"], ["output"])]
    elif kind == "nan":
        constants["zero"] = np.float32(0)
        nodes = [node("Sub", ["input", "input"], ["nothing"]), node("Div", ["nothing", "zero"], ["output"])]
    elif kind == "random":
        nodes = [
            node("RandomNormalLike", ["input"], ["drawn"], scale=0.1),
            node("Add", ["input", "drawn"], ["output"]),
        ]
    elif kind == "noise":
        inputs.append(helper.make_tensor_value_info("noise0", TensorProto.FLOAT, (batch, 1, side, side)))
        constants["tenth"] = np.float32(0.1)
        nodes = [node("Mul", ["noise0", "tenth"], ["less"]), node("Add", ["input", "less"], ["output"])]
    elif kind == "blur":
        kernel = np.zeros((3, 3, 3, 3), np.float32)
        kernel[range(3), range(3)] = 1 / 9
        constants["kernel"] = kernel
        nodes = [node("Conv", ["input", "kernel"], ["output"], pads=[1, 1, 1, 1])]
    else:
        raise ValueError(kind)
    used = {name for each in nodes for name in each.input}
    graph = helper.make_graph(
        nodes,
        "made",
        inputs,
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, (batch, 3, side, side))],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items() if name in used],
    )
    return save(folder / card.weights[0].name, graph)


def save(path: Path, graph: onnx.GraphProto, *, opset: int = 18, **fields: object) -> Path:
    """Write a graph as a file; `fields` as `onnx.helper.make_model` takes them."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10, **fields)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return path
