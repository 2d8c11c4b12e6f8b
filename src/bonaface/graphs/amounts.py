"""Sizes that a graph asks for, as far as they can be told without running it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from bonaface.graphs.parts import MOST_ELEMENTS, Parts

MOST_SIDE = 8192
"""The longest axis of an input or output: GPEN's largest is 2048."""
MOST_STEP = 65_536
"""The largest number among strides, margins, kernels and repeats, and of rounds of a loop."""
_SHAPES = {"ConstantOfShape": 0, "Expand": 1, "Reshape": 1, "Resize": 3}
"""Operations, and which of their inputs is a shape."""
_STEPS = {"Tile": (1,), "Pad": (1,), "Loop": (0,), "OneHot": (1,), "Resize": (2,), "Upsample": (1,)}
"""Operations, and which of their inputs are repeats, margins, rounds or factors."""
_STEP_ATTRIBUTES = frozenset(
    {"strides", "dilations", "pads", "kernel_shape", "output_padding", "output_shape", "blocksize", "scales", "repeats"}
)
_SMALL = 64
"""Constants with more numbers are no shapes."""


def amount_problems(model: Any, found: Parts) -> Iterator[str]:
    """What is beyond the limits, in words. Large weights are dropped from the model on the way."""
    for value in (*model.graph.input, *model.graph.output):
        yield from _value_problems(value, "the input or output", MOST_SIDE)
    constants = _constants(found)
    for node in found.nodes:
        yield from _attribute_problems(node)
        yield from _argument_problems(node, constants)
    yield from _inferred_problems(model)


def _value_problems(value: Any, what: str, most_side: int = MOST_ELEMENTS) -> Iterator[str]:
    sides = [axis.dim_value for axis in value.type.tensor_type.shape.dim if axis.HasField("dim_value")]
    if sides and (min(sides) < 0 or max(sides) > most_side or prod(side for side in sides if side) > MOST_ELEMENTS):
        yield (
            f"{what} {value.name!r} has the sides {_listed(sides)}; expected none below 0 or above {most_side:,}, and "
            f"at most {MOST_ELEMENTS:,} numbers together."
        )


def _constants(found: Parts) -> dict[str, list[list[float]]]:
    """Small constants by name: all of that name, wherever they stand."""
    from onnx import numpy_helper

    out: dict[str, list[list[float]]] = defaultdict(list)

    def note(name: str, tensor: Any) -> None:
        if prod(tensor.dims) <= _SMALL and tensor.data_type != tensor.STRING:
            out[name].append(numpy_helper.to_array(tensor).ravel().tolist())

    for graph in found.graphs:
        for tensor in graph.initializer:
            note(tensor.name, tensor)
    for node in found.nodes:
        if node.op_type == "Constant" and node.output:
            for attribute in node.attribute:
                if attribute.name == "value":
                    note(node.output[0], attribute.t)
                elif attribute.name in ("value_int", "value_float"):
                    out[node.output[0]].append([attribute.i or attribute.f])
                elif attribute.name in ("value_ints", "value_floats"):
                    out[node.output[0]].append([*attribute.ints, *attribute.floats])
    return out


def _attribute_problems(node: Any) -> Iterator[str]:
    for attribute in node.attribute:
        numbers = [*attribute.ints, *attribute.floats, attribute.i, attribute.f]
        if attribute.name in _STEP_ATTRIBUTES and not all(abs(number) <= MOST_STEP for number in numbers):
            yield f"{_called(node)} has {attribute.name} {_listed(numbers[:-2] or numbers)}; the limit: {MOST_STEP:,}."
        if attribute.name == "shape":  # of random numbers, and of Reshape in old graphs
            yield from _shape_problems(node, list(attribute.ints))


def _argument_problems(node: Any, constants: dict[str, list[list[float]]]) -> Iterator[str]:
    def given(place: int) -> Sequence[list[float]]:
        return constants.get(node.input[place], ()) if place < len(node.input) else ()

    if node.op_type in _SHAPES:
        for sides in given(_SHAPES[node.op_type]):
            yield from _shape_problems(node, sides)
    for place in _STEPS.get(node.op_type, ()):
        for numbers in given(place):
            if not all(abs(number) <= MOST_STEP for number in numbers) or _volume(numbers) > MOST_ELEMENTS:
                yield f"{_called(node)} is given {_listed(numbers)}; the limit is {MOST_STEP:,} each."
    if node.op_type == "Range":
        for start in given(0):
            for end in given(1):
                for step in given(2):
                    length = abs(end[0] - start[0]) / abs(step[0]) if step[0] else float("inf")
                    if not length <= MOST_ELEMENTS:
                        yield f"{_called(node)} counts from {start[0]} to {end[0]} by {step[0]}: too far."


def _shape_problems(node: Any, sides: Sequence[float]) -> Iterator[str]:
    if _volume(sides) > MOST_ELEMENTS or any(side < -1 for side in sides):
        yield f"{_called(node)} is given the shape {_listed(sides)}; expected at most {MOST_ELEMENTS:,} numbers."


def _inferred_problems(model: Any) -> Iterator[str]:
    """Shapes between the operations, as ONNX infers them: many small enlargements are one large one."""
    from onnx import shape_inference

    _drop_weights(model)
    try:
        known = shape_inference.infer_shapes(model, data_prop=True)
    except Exception:  # what cannot be inferred is left to the engine, which refuses what does not fit
        return
    for value in known.graph.value_info:
        yield from _value_problems(value, "the value")


def _drop_weights(model: Any) -> None:
    """Leave only types and shapes of large weights, so that hundreds of megabytes are not copied."""
    from onnx import helper

    graph = model.graph
    there = {value.name for value in graph.input}
    kept = []
    for tensor in graph.initializer:
        if prod(tensor.dims) <= _SMALL:
            kept.append(tensor)
        elif tensor.name not in there:
            graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    kept = [type(tensor).FromString(tensor.SerializeToString()) for tensor in kept]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _volume(sides: Sequence[float]) -> float:
    return prod(abs(side) for side in sides if side)


def _called(node: Any) -> str:
    return f"the operation {node.op_type} {node.name!r}" if node.name else f"an operation {node.op_type}"


def _listed(numbers: Sequence[float]) -> str:
    return f"({', '.join(f'{number:g}' for number in numbers)})"
