"""One ONNX graph, opened from a verified file: the one place where ONNX Runtime is used.

A graph holds no code. What it reads and delivers is checked against the signature that its adapter was written for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import GraphMismatch

Arrays = dict[str, NDArray[Any]]
"""Arrays by the names of a graph's inputs or outputs."""

CPU = ("CPUExecutionProvider",)
MOST_THREADS = 4
"""Threads for one call unless told otherwise: small graphs gain nothing from more."""
_TYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16",
          "tensor(int64)": "int64", "tensor(int32)": "int32", "tensor(uint8)": "uint8",
          "tensor(bool)": "bool"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tensor:
    """What one input or output is.

    Attributes:
        name: in the graph.
        shape: whole numbers; a letter for an axis of any length, which is the same wherever the letter stands.
        dtype: of NumPy.

    >>> str(Tensor("image", ("N", 3, 16, 16)))
    'image float32 (N, 3, 16, 16)'
    """

    name: str
    shape: tuple[int | str, ...]
    dtype: str = "float32"

    def __str__(self) -> str:
        return f"{self.name} {_described(self.shape, self.dtype)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What an adapter expects of a graph: its inputs and outputs, each in any order."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


class Graph:
    """A graph that is ready to run. One instance serves a process: any number of threads may call it at a time."""

    def __init__(
        self,
        file: Path,
        signature: Signature,
        *,
        threads: int | None = None,
        providers: Sequence[str] = CPU,
    ) -> None:
        """Open a file, whose content the caller has verified, and compare it with what is expected.

        Args:
            file: an .onnx file.
            signature: names, shapes and types of all inputs and outputs.
            threads: for one call; None: as many as there are processors for this process, at most 4.
            providers: ONNX Runtime's names of what may compute, the preferred first; all must be to be had.

        Raises:
            GraphMismatch: no ONNX graph, other inputs or outputs, or a provider that is not to be had.
        """
        if threads is not None and threads < 1:
            raise ValueError(f"threads is {threads}; expected 1 or more")
        self._name = file.name
        self._signature = signature
        self._session = _open(file, threads or _processors(), tuple(providers))
        self._compare("inputs", self._session.get_inputs(), signature.inputs)
        self._compare("outputs", self._session.get_outputs(), signature.outputs)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
        """Compute all outputs.

        Args:
            inputs: one array for each input, of its shape and type.

        Returns:
            One array for each output.

        Raises:
            GraphMismatch: an input is missing, unknown, or of another shape or type; or the graph delivers another
                shape than it says, or numbers that are not finite.
        """
        expected = self._signature.inputs
        names = {tensor.name for tensor in expected}
        if set(inputs) != names:
            raise GraphMismatch(
                f"{self._name} was given {_listed(inputs)}; expected {_listed(names)}. Pass exactly these arrays."
            )
        lengths: dict[str, int] = {}
        for tensor in expected:
            self._check("given", tensor, inputs[tensor.name], lengths)
        wanted = [tensor.name for tensor in self._signature.outputs]
        held = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
        made = dict(zip(wanted, self._session.run(wanted, held), strict=True))
        for tensor in self._signature.outputs:
            self._check("said to deliver", tensor, made[tensor.name], lengths)
            if np.issubdtype(made[tensor.name].dtype, np.floating) and not np.isfinite(made[tensor.name]).all():
                raise GraphMismatch(
                    f"{self._name} delivered NaN or infinite values in {tensor.name}; expected numbers. The graph is "
                    "broken or does not fit its input; nothing of it is used."
                )
        return made

    def _check(self, how: str, tensor: Tensor, array: NDArray[Any], lengths: dict[str, int]) -> None:
        """One array against its tensor; the lengths of free axes are collected, and must agree."""
        fits = array.ndim == len(tensor.shape) and array.dtype == np.dtype(tensor.dtype) and array.size > 0
        if fits:
            for axis, found in zip(tensor.shape, array.shape, strict=True):
                fits &= found == (lengths.setdefault(axis, found) if isinstance(axis, str) else axis)
        if not fits:
            free = ", ".join(f"{letter} = {length}" for letter, length in lengths.items())
            raise GraphMismatch(
                f"{self._name} was {how} {tensor.name} as {_described(array.shape, str(array.dtype))}; expected "
                f"{_described(tensor.shape, tensor.dtype)}{f' with {free}' if free else ''}. Convert it first."
            )

    def _compare(self, what: str, found: Sequence[Any], expected: Sequence[Tensor]) -> None:
        """The graph's own declaration against what the adapter was written for."""
        declared = {
            node.name: Tensor(
                node.name,
                tuple(axis if isinstance(axis, int) else (axis or "?") for axis in node.shape),
                _TYPES.get(node.type, node.type),
            )
            for node in found
        }
        fit = len(declared) == len(expected)
        for tensor in expected:
            own = declared.get(tensor.name)
            fit &= own is not None and own.dtype == tensor.dtype and _alike(own.shape, tensor.shape)
        if not fit:
            raise GraphMismatch(
                f"{self._name} has the {what} {'; '.join(map(str, declared.values()))}; expected "
                f"{'; '.join(map(str, expected))}. It is another model, or was exported differently: use the file "
                "that the card names."
            )


def _open(file: Path, threads: int, providers: tuple[str, ...]) -> Any:
    import onnxruntime

    there = onnxruntime.get_available_providers()
    missing = [provider for provider in providers if provider not in there]
    if missing or not providers:
        raise GraphMismatch(
            f"{file.name} is to be run by {', '.join(missing) or 'nothing'}; this ONNX Runtime has "
            f"{', '.join(there)}. Name one of these, or install the edition of onnxruntime that has it."
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.use_deterministic_compute = True
    options.log_severity_level = 3  # errors; each of them is raised as well
    # Idle threads sleep: they would take the cores from what else is under way.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=list(providers))
    except Exception as error:  # ONNX Runtime has an exception of its own for each kind of damage
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise GraphMismatch(
            f"{file.name} cannot be opened as an ONNX graph ({why}). Get the file again, or another edition of it."
        ) from error
    refused = [provider for provider in providers if provider not in session.get_providers()]
    if refused:  # ONNX Runtime would go on without it
        raise GraphMismatch(
            f"{file.name} is to be run by {', '.join(refused)}, which could not be started. Check its driver, or name "
            "another provider."
        )
    return session


def _processors() -> int:
    """How many of the machine's processors this process may use, at most `MOST_THREADS`."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST_THREADS, usable))


def _alike(declared: Sequence[int | str], expected: Sequence[int | str]) -> bool:
    """Fixed axes are equal, free axes are free: their letters are the exporter's choice."""
    return len(declared) == len(expected) and all(
        isinstance(own, str) if isinstance(axis, str) else own == axis
        for own, axis in zip(declared, expected, strict=True)
    )


def _described(shape: Sequence[int | str], dtype: str) -> str:
    return f"{dtype} ({', '.join(map(str, shape))})"


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "nothing"
