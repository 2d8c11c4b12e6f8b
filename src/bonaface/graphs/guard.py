"""A look at a graph that did not come with the package, before an engine opens it.

A graph holds no code, and can still name files elsewhere, operations of a foreign library, or sizes that fill the
memory. Whatever of that can be seen without running it is refused here; docs/decisions/0010 has the limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from bonaface.core.errors import GraphMismatch
from bonaface.graphs.amounts import amount_problems
from bonaface.graphs.parts import Parts, parts, tensor_problems, walk

MOST_BYTES = 2 * 2**30
"""The largest file: a graph cannot be larger without external data."""
DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""The sets of operations that a graph may use: ONNX's own, and those that ONNX Runtime brings."""
FOREIGN = frozenset({"EPContext", "PythonOp", "PythonOpGrad", "ATen", "Snpe", "TRTEngine"})
"""Operations of `com.microsoft` that open other files or run other programs."""
RANDOM = frozenset(
    {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"}
)
MOST_NODES = 200_000
"""The most operations, with functions written out; large restorers have some thousands."""

Key = tuple[str, str]
"""The domain and the name of a function."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in a graph.

    Attributes:
        random: operations that draw numbers at every call, which no seed from outside reaches.
        nodes: how many operations there are.
    """

    random: tuple[str, ...]
    nodes: int


def look(file: Path) -> Seen:
    """Look at a graph; nothing of it is run.

    Args:
        file: an .onnx file.

    Raises:
        GraphMismatch: it is no ONNX graph, or too large; it has data in other files, operations that are neither ONNX's
            nor ONNX Runtime's, tensors that do not hold what they say, or sizes beyond the limits.
    """
    model = _read(file)
    found = parts(model)
    problems = chain(tensor_problems(found), _operation_problems(model, found), amount_problems(model, found))
    if (problem := next(problems, None)) is not None:
        raise GraphMismatch(
            f"{file.name} is refused: {problem} Nothing of it was run. Get it from where its card says."
        )
    drawn = {node.op_type for node in found.nodes} & RANDOM
    return Seen(tuple(sorted(drawn)), len(found.nodes))


def _read(file: Path) -> Any:
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise GraphMismatch(f"{file.name} has {size / 2**20:,.0f} MiB; expected a graph of at most 2,048.")
        model = ModelProto.FromString(file.read_bytes())
    except (OSError, DecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no ONNX file, or was cut off"
        raise GraphMismatch(
            f"{file.name} cannot be opened as an ONNX graph ({why}). Get the file again, or another edition of it."
        ) from error
    if not model.graph.node:
        raise GraphMismatch(f"{file.name} cannot be opened as an ONNX graph (it holds no operations). Get it again.")
    return model


def _operation_problems(model: Any, found: Parts) -> Iterator[str]:
    """Operations of others, and functions that call each other without end or too often."""
    own = {(function.domain, function.name): function for function in model.functions}
    for node in found.nodes:
        if (node.domain, node.op_type) in own:
            continue
        if node.domain not in DOMAINS or node.op_type in FOREIGN:
            domain = node.domain or "ai.onnx"
            yield (
                f"it uses the operation {node.op_type} of {domain!r}; expected only those of ONNX and ONNX Runtime "
                "that compute from their inputs."
            )
    sizes: dict[Key, int] = {}
    for key in own:
        yield from _measure(key, own, sizes)
    total = sum(sizes.get((node.domain, node.op_type), 1) for node in found.nodes)
    if total > MOST_NODES:
        yield f"it has {total:,} operations with its functions written out; expected at most {MOST_NODES:,}."


def _measure(start: Key, own: dict[Key, Any], sizes: dict[Key, int]) -> Iterator[str]:
    """How many operations a function is, written out; without recursion, as functions may nest deeply."""
    open_now: dict[Key, None] = {}
    waiting = [start]
    while waiting:
        key = waiting[-1]
        calls = Counter((node.domain, node.op_type) for node in walk(own[key]).nodes)
        todo = [call for call in calls if call in own and call not in sizes]
        if key in sizes or not todo:
            sizes[key] = min(MOST_NODES + 1, sum(count * sizes.get(call, 1) for call, count in calls.items()))
            open_now.pop(key, None)
            waiting.pop()
        elif key in open_now and any(call in open_now for call in todo):
            yield f"its function {key[1]} calls itself. No engine can run that."
            return
        else:
            open_now[key] = None
            waiting += todo
