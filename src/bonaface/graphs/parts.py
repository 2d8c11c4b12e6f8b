"""Everything that an ONNX file holds, subgraphs and functions included, and whether its tensors are what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

MOST_ELEMENTS = 2**29
"""The most numbers in one array, 2 GiB of float32. 64 channels of 2048x2048 px are half of that."""


@dataclass(slots=True)
class Parts:
    """What was found in a model.

    Attributes:
        graphs: the graph, and those inside If, Loop and Scan.
        nodes: of all graphs and functions.
        tensors: initializers and attributes.
        sparse: likewise.
    """

    graphs: list[Any] = field(default_factory=list)
    nodes: list[Any] = field(default_factory=list)
    tensors: list[Any] = field(default_factory=list)
    sparse: list[Any] = field(default_factory=list)


def parts(model: Any) -> Parts:
    """Everything in a `ModelProto`."""
    training = [graph for each in model.training_info for graph in (each.initialization, each.algorithm)]
    return walk(model.graph, *model.functions, *training)


def walk(*owners: Any) -> Parts:
    """Everything in graphs and functions, what is inside their If, Loop and Scan included."""
    found = Parts()
    waiting = list(owners)
    while waiting:
        owner = waiting.pop()
        if hasattr(owner, "initializer"):  # a graph; a function has none
            found.graphs.append(owner)
            found.tensors.extend(owner.initializer)
            found.sparse.extend(owner.sparse_initializer)
        found.nodes.extend(owner.node)
        for node in owner.node:
            for attribute in node.attribute:
                waiting += _inside(attribute, found)
        for attribute in getattr(owner, "attribute_proto", ()):
            waiting += _inside(attribute, found)
    return found


def _inside(attribute: Any, found: Parts) -> list[Any]:
    """Its tensors are noted; its graphs are to be walked through."""
    if attribute.HasField("t"):
        found.tensors.append(attribute.t)
    if attribute.HasField("sparse_tensor"):
        found.sparse.append(attribute.sparse_tensor)
    found.tensors.extend(attribute.tensors)
    found.sparse.extend(attribute.sparse_tensors)
    return [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def tensor_problems(found: Parts) -> Iterator[str]:
    """What is wrong with the tensors of a model, in words."""
    for tensor in found.tensors:
        yield from _problems(tensor)
    for sparse in found.sparse:
        yield from _problems(sparse.values)
        yield from _problems(sparse.indices)
        if min(sparse.dims, default=0) < 0 or prod(sparse.dims) > MOST_ELEMENTS:
            yield f"the sparse tensor {sparse.values.name!r} has the shape {_shape(sparse.dims)}: too large."


def _problems(tensor: Any) -> Iterator[str]:
    name, dims = repr(tensor.name or "without a name"), list(tensor.dims)
    if tensor.data_location or tensor.external_data:
        yield _elsewhere(name, tensor)
        return
    if min(dims, default=0) < 0:
        yield f"the tensor {name} has the shape {_shape(dims)}, with a negative side."
        return
    count = prod(dims)
    if count > MOST_ELEMENTS:
        yield f"the tensor {name} has the shape {_shape(dims)}; expected at most {MOST_ELEMENTS:,} numbers."
        return
    if tensor.HasField("segment"):
        yield f"the tensor {name} is one segment of another. Nothing writes such files any more."
        return
    yield from _content(name, tensor, count)


def _content(name: str, tensor: Any, count: int) -> Iterator[str]:
    """Whether a tensor holds as many numbers as its shape says."""
    from onnx import TensorProto, helper

    kind = tensor.data_type
    if kind == TensorProto.STRING:
        held, needed = len(tensor.string_data), count
    elif kind in helper.get_all_tensor_dtypes() and kind not in _packed():
        size = helper.tensor_dtype_to_np_dtype(kind).itemsize
        if tensor.HasField("raw_data"):
            held, needed = len(tensor.raw_data), count * size
        else:
            double = kind in (TensorProto.COMPLEX64, TensorProto.COMPLEX128)
            held, needed = len(getattr(tensor, helper.tensor_dtype_to_field(kind))), count * (2 if double else 1)
    else:
        yield f"the tensor {name} is of type {kind}, which no restorer uses."
        return
    if held != needed:
        what = "bytes" if tensor.HasField("raw_data") else "numbers"
        yield f"the tensor {name} has the shape {_shape(tensor.dims)}, and holds {held:,} {what}; expected {needed:,}."


def _packed() -> set[int]:
    """Types with several numbers in a byte."""
    from onnx import TensorProto

    names = ("UNDEFINED", "UINT4", "INT4", "FLOAT4E2M1", "UINT2", "INT2")
    return {getattr(TensorProto, name) for name in names if hasattr(TensorProto, name)}


def _elsewhere(name: str, tensor: Any) -> str:
    place = next((entry.value for entry in tensor.external_data if entry.key == "location"), "")
    steps = re.split(r"[/\\]", place)
    leaves = place.startswith(("/", "\\", "~")) or ".." in steps or ":" in place
    where = f"{place!r}, which leaves the folder of the graph" if leaves else f"{place!r}"
    return (
        f"the data of the tensor {name} lie in another file, {where}; expected all of it inside: the card's SHA-256 "
        "covers one file."
    )


def _shape(dims: Any) -> str:
    return f"({', '.join(map(str, dims))})"
