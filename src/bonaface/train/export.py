"""Networks as ONNX graphs, checked against what PyTorch computes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from bonaface.core.errors import BonafaceError
from bonaface.io.atomic import write_bytes

OPSET = 18
TOLERANCE = 1e-4
"""Largest difference between the graph's and PyTorch's outputs."""
HALF_FROM = 1024
"""Weights with fewer numbers stay in single precision: they save nothing."""


def export(
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    path: Path,
    *,
    half_weights: bool = False,
    overwrite: bool = False,
) -> float:
    """Write a network as an ONNX graph whose first axis is free.

    Args:
        network: with float32 inputs and outputs; it is not changed.
        inputs: examples by name, in the order of `forward`.
        outputs: names.
        path: of the graph.
        half_weights: store weights in half precision (computing stays in single): the file is half as large.
        overwrite: replace what is there.

    Returns:
        The largest difference between the graph and PyTorch over these inputs and over twice as many at once.

    Raises:
        BonafaceError: the difference is above 1e-4; nothing is written.
    """
    network = folded(network)
    if half_weights:
        round_weights(network)
    batch = torch.export.Dim("N", min=1, max=4096)
    doubled = {name: torch.cat([value, value.flip(0)]) for name, value in inputs.items()}
    model = traced(network, doubled, outputs, tuple({0: batch} for _ in inputs))
    _name_slopes(model, network)
    if half_weights:
        _halve(model)
    data = checked(model)
    difference = max(_difference(network, data, case, outputs) for case in (dict(inputs), doubled))
    if not difference <= TOLERANCE:
        raise BonafaceError(f"The graph differs from PyTorch by {difference:.2g}; expected at most {TOLERANCE:g}.")
    write_bytes(path, data, overwrite=overwrite)
    return difference


def traced(
    network: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str], free: Sequence[Mapping[int, Any]]
) -> Any:
    """A network as an `onnx.ModelProto`, without traces of this machine.

    Args:
        network: in evaluation mode, on the CPU.
        inputs: examples by name, in the order of `forward`; at least 2 along free axes.
        outputs: names.
        free: of each input, its free axes and their dimensions (`torch.export.Dim`).

    Raises:
        BonafaceError: nothing came out.
    """
    import onnx

    program = torch.onnx.export(
        network,
        tuple(inputs.values()),
        input_names=list(inputs),
        output_names=list(outputs),
        opset_version=OPSET,
        dynamo=True,
        dynamic_shapes=tuple(dict(axes) for axes in free),
        verbose=False,
    )
    if program is None:
        raise BonafaceError("PyTorch exported nothing. Report this with the version of torch.")
    model = onnx.ModelProto.FromString(program.model_proto.SerializeToString())
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]  # stack traces with paths of this machine
    del model.metadata_props[:]
    del model.graph.value_info[:]
    return model


def checked(model: Any) -> bytes:
    """A model as the bytes of its file, looked at by ONNX's own checker."""
    import onnx

    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def folded(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode on the CPU, with each batch normalisation folded into the convolution before it."""
    copied = copy.deepcopy(network).cpu().eval()
    for before, after in norm_pairs(copied):
        convolution, norm = copied.get_submodule(before), copied.get_submodule(after)
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            copied.set_submodule(before, fuse_conv_bn_eval(convolution, norm))
            copied.set_submodule(after, nn.Identity())
    return copied


def norm_pairs(network: nn.Module) -> list[tuple[str, str]]:
    """The names of each convolution that a batch normalisation follows, and of that normalisation."""
    pairs = []
    for owner, part in network.named_modules():
        if isinstance(part, nn.Sequential):
            for (first, one), (second, other) in pairwise(part.named_children()):
                if isinstance(one, nn.Conv2d) and isinstance(other, nn.BatchNorm2d):
                    pairs.append((f"{owner}.{first}".lstrip("."), f"{owner}.{second}".lstrip(".")))
    return pairs


@torch.no_grad()
def round_weights(network: nn.Module) -> None:
    """Round large weights to half precision, in place."""
    for value in network.parameters():
        if value.numel() >= HALF_FROM:
            value.copy_(value.half().float())


def run_graph(data: bytes | Path, inputs: Mapping[str, Tensor]) -> list[NDArray[np.float32]]:
    """The outputs of a graph under ONNX Runtime on the CPU."""
    import onnxruntime

    source = data if isinstance(data, bytes) else str(data)
    session = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    found = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    return [np.asarray(value) for value in found]


@torch.no_grad()
def _difference(network: nn.Module, data: bytes, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> float:
    expected = network(*inputs.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    found = run_graph(data, inputs)
    if len(found) != len(outputs) or len(expected) != len(outputs):
        raise BonafaceError(f"The graph has {len(found)} outputs; expected {', '.join(outputs)}.")
    return max(float(np.abs(a.numpy() - b).max()) for a, b in zip(expected, found, strict=True))


def _name_slopes(model: Any, network: nn.Module) -> None:
    """Give the slopes of PReLUs, which the exporter stores in another shape, their parameters' names back.

    Without them a network could not be filled from its graph.
    """
    from onnx import numpy_helper

    taken = {node.input[1] for node in model.graph.node if node.op_type == "PRelu"}
    stored = {each.name: each for each in model.graph.initializer if each.name in taken}
    values = {name: numpy_helper.to_array(each).ravel() for name, each in stored.items()}
    for owner, part in network.named_modules():
        if not isinstance(part, nn.PReLU):
            continue
        slopes = part.weight.detach().numpy().ravel()
        same = [name for name, found in values.items() if np.array_equal(found, slopes)]
        if len(same) != 1:  # alike, as in a network whose weights are random: which is whose does not matter
            continue
        name = f"{owner}.weight"
        stored[same[0]].name = name
        for node in model.graph.node:
            node.input[:] = [name if each == same[0] else each for each in node.input]
        values.pop(same[0])


def _halve(model: object) -> None:
    """Store large weights in half precision, each behind a Cast that ONNX Runtime folds when it loads the graph."""
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph  # type: ignore[attr-defined]
    casts = []
    for weight in graph.initializer:
        if weight.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(weight)
        if values.size < HALF_FROM:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    for number, cast in enumerate(casts):
        graph.node.insert(number, cast)
