"""One ONNX graph, opened from a verified file, with every array checked on its way in and out.

A graph holds no code. What it reads and delivers is checked against the signature that its adapter was written for, or
that its adapter made of what the graph declares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import GraphMismatch
from bonaface.graphs.engines import CPU, PROVIDERS, Engine, OnnxRuntime, OpenVino, chosen, processors
from bonaface.graphs.tensors import Adapt, Arrays, Signature, Tensor, described, listed

__all__ = ["CPU", "Arrays", "Graph", "Signature", "Tensor"]

MOST_THREADS = 4
"""Threads for one call unless told otherwise: small graphs gain nothing from more."""


class Graph:
    """A graph that is ready to run. One instance serves a process: any number of threads may call it at a time."""

    def __init__(
        self,
        file: Path,
        signature: Signature | Adapt,
        *,
        threads: int | None = None,
        providers: Sequence[str] | None = None,
        engine: str = "onnxruntime",
        device: str = "cpu",
    ) -> None:
        """Open a file, whose content the caller has verified, and compare it with what is expected.

        Args:
            file: an .onnx file.
            signature: names, shapes and types of all inputs and outputs; or an adapter, for graphs of others, whose
                names are not known beforehand.
            threads: for one call; None: as many as there are processors for this process, at most 4 for a graph of
                one's own.
            providers: ONNX Runtime's names of what may compute, the preferred first; all must be to be had. None:
                those of the device.
            engine: "onnxruntime", "openvino" or "auto", see `engines.chosen`.
            device: "cpu", "cuda" and so on, see `engines`.

        Raises:
            GraphMismatch: no ONNX graph, other inputs or outputs, or an engine, device or provider that is not to be
                had.
        """
        if threads is not None and threads < 1:
            raise ValueError(f"threads is {threads}; expected 1 or more")
        most = MOST_THREADS if isinstance(signature, Signature) else processors()
        count = threads or max(1, min(most, processors()))
        self._name = file.name
        self._engine = _opened(file, count, providers, engine, device)
        self.signature = self._compared(signature) if isinstance(signature, Signature) else self._adapted(signature)
        self._engine.settle(self.signature)

    @property
    def engine(self) -> str:
        """What computes: "onnxruntime" or "openvino"."""
        return self._engine.name

    @property
    def one_by_one(self) -> bool:
        """Whether only one picture at a time may be given, whatever the signature leaves free."""
        return self._engine.one_by_one

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
        expected = self.signature.inputs
        names = {tensor.name for tensor in expected}
        if set(inputs) != names:
            raise GraphMismatch(
                f"{self._name} was given {_names(inputs)}; expected {_names(names)}. Pass exactly these arrays."
            )
        lengths: dict[str, int] = {}
        for tensor in expected:
            self._check("given", tensor, inputs[tensor.name], lengths)
        wanted = [tensor.name for tensor in self.signature.outputs]
        held = {name: np.asarray(array, order="C") for name, array in inputs.items()}
        made = dict(zip(wanted, self._computed(wanted, held), strict=True))
        for tensor in self.signature.outputs:
            self._check("said to deliver", tensor, made[tensor.name], lengths)
            if np.issubdtype(made[tensor.name].dtype, np.floating) and not np.isfinite(made[tensor.name]).all():
                raise GraphMismatch(
                    f"{self._name} delivered NaN or infinite values in {tensor.name}; expected numbers. The graph is "
                    "broken or does not fit its input; nothing of it is used."
                )
        return made

    def _computed(self, wanted: list[str], held: Arrays) -> list[NDArray[Any]]:
        try:
            return self._engine.compute(wanted, held)
        except Exception as error:  # each engine has exceptions of its own; memory that runs out is one of them
            why = " ".join(str(error).split()) or type(error).__name__
            raise GraphMismatch(
                f"{self._name} could not be computed by {self.engine} ({why}). The graph is broken, or needs more "
                "memory than there is."
            ) from error

    def _check(self, how: str, tensor: Tensor, array: NDArray[Any], lengths: dict[str, int]) -> None:
        """One array against its tensor; the lengths of free axes are collected, and must agree."""
        fits = array.ndim == len(tensor.shape) and array.dtype == np.dtype(tensor.dtype) and array.size > 0
        if fits:
            for axis, found in zip(tensor.shape, array.shape, strict=True):
                fits &= found == (lengths.setdefault(axis, found) if isinstance(axis, str) else axis)
        if not fits:
            free = ", ".join(f"{letter} = {length}" for letter, length in lengths.items())
            raise GraphMismatch(
                f"{self._name} was {how} {tensor.name} as {described(array.shape, str(array.dtype))}; expected "
                f"{described(tensor.shape, tensor.dtype)}{f' with {free}' if free else ''}. Convert it first."
            )

    def _compared(self, expected: Signature) -> Signature:
        """The graph's own declaration against what the adapter was written for."""
        for what, declared, wanted in (
            ("inputs", self._engine.inputs, expected.inputs),
            ("outputs", self._engine.outputs, expected.outputs),
        ):
            own = {tensor.name: tensor for tensor in declared}
            fit = len(own) == len(wanted)
            for tensor in wanted:
                found = own.get(tensor.name)
                fit &= found is not None and found.dtype == tensor.dtype and _alike(found.shape, tensor.shape)
            if not fit:
                raise GraphMismatch(
                    f"{self._name} has the {what} {listed(declared)}; expected {listed(wanted)}. It is another model, "
                    "or was exported differently: use the file that the card names."
                )
        return expected

    def _adapted(self, adapt: Adapt) -> Signature:
        """What an adapter makes of the graph's own declaration."""
        found = adapt(self._engine.inputs, self._engine.outputs)
        if isinstance(found, str):
            raise GraphMismatch(
                f"{self._name} has the inputs {listed(self._engine.inputs)}, and the outputs "
                f"{listed(self._engine.outputs)}; expected {found}. It is another model, or was exported differently: "
                "use the file that the card names."
            )
        return found


def _opened(file: Path, threads: int, providers: Sequence[str] | None, engine: str, device: str) -> Engine:
    if providers is not None:
        return OnnxRuntime(file, threads, providers)
    if chosen(engine, device) == "openvino":
        return OpenVino(file, threads, device)
    return OnnxRuntime(file, threads, PROVIDERS[device], device)


def _alike(declared: Sequence[int | str], expected: Sequence[int | str]) -> bool:
    """Fixed axes are equal, free axes are free: their letters are the exporter's choice."""
    return len(declared) == len(expected) and all(
        isinstance(own, str) if isinstance(axis, str) else own == axis
        for own, axis in zip(declared, expected, strict=True)
    )


def _names(names: Any) -> str:
    return ", ".join(sorted(names)) or "nothing"
