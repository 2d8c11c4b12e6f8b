"""What computes graphs: ONNX Runtime, or OpenVINO where it is installed. Only this file imports them."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol, cast, get_args

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import GraphMismatch
from bonaface.graphs.tensors import Arrays, Signature, Tensor

EngineName = Literal["auto", "onnxruntime", "openvino"]
CPU = ("CPUExecutionProvider",)
PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "cpu": CPU,
    "cuda": ("CUDAExecutionProvider", *CPU),
    "rocm": ("ROCMExecutionProvider", *CPU),
    "coreml": ("CoreMLExecutionProvider", *CPU),
    "directml": ("DmlExecutionProvider", *CPU),
}
"""ONNX Runtime's names of what computes on a device, the preferred first."""
THREADS_VARIABLE = "BONAFACE_THREADS"
"""The environment variable that says how many threads a graph may use: one, in processes that share a machine."""
OPENVINO_DEVICES: Mapping[str, str] = {"cpu": "CPU", "gpu": "GPU", "npu": "NPU"}
"""OpenVINO's names of devices; "gpu" and "npu" are Intel's."""
ENGINES = get_args(EngineName)
DEVICES = tuple(dict.fromkeys((*PROVIDERS, *OPENVINO_DEVICES)))
"""All words for what computes; which of them can be had here, `devices_here` says."""
_TYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16",
          "tensor(int64)": "int64", "tensor(int32)": "int32", "tensor(uint8)": "uint8",
          "tensor(bool)": "bool"}  # fmt: skip


class Engine(Protocol):
    """A graph in the hands of what computes it."""

    name: str
    inputs: tuple[Tensor, ...]
    """As the graph declares them."""
    outputs: tuple[Tensor, ...]
    one_by_one: bool
    """Whether it is made ready for a first axis of length 1 where that is free: other lengths are computed in turn."""

    def settle(self, signature: Signature) -> None:
        """Make ready for arrays of these shapes; called once, before `compute`."""

    def compute(self, wanted: Sequence[str], given: Arrays) -> list[NDArray[Any]]:
        """The outputs of these names. Threads may call it at a time."""


def chosen(engine: str, device: str) -> Literal["onnxruntime", "openvino"]:
    """The engine that "auto" stands for: OpenVINO where it is installed and knows the device, else ONNX Runtime.

    Raises:
        GraphMismatch: no such engine, it is not installed, or it has no such device.
    """
    if engine not in ENGINES:
        raise GraphMismatch(f"The engine {engine!r} is none of {', '.join(ENGINES)}. Name one of these.")
    there = find_spec("openvino") is not None
    if engine == "openvino" and not there:
        raise GraphMismatch(
            "OpenVINO is to compute, and is not installed: pip install 'bonaface[openvino]', or name onnxruntime."
        )
    devices = {"onnxruntime": PROVIDERS, "openvino": OPENVINO_DEVICES}
    able = [name for name in ("openvino", "onnxruntime") if engine in ("auto", name) and device in devices[name]]
    if not able:
        names = [engine] if engine != "auto" else list(devices)
        known = "; ".join(f"{name} knows {', '.join(devices[name])}" for name in names)
        raise GraphMismatch(f"The device {device!r} is not known: {known}. Name one of these.")
    if able == ["openvino"] and not there:
        raise GraphMismatch(f"The device {device!r} needs OpenVINO: pip install 'bonaface[openvino]'.")
    usable = able[0] if there else able[-1]
    return cast(Literal["onnxruntime", "openvino"], usable)


def devices_here() -> tuple[str, ...]:
    """The words of `DEVICES` that can compute on this machine, by an engine that is installed."""
    import onnxruntime

    there = set(onnxruntime.get_available_providers())
    able = {device for device, providers in PROVIDERS.items() if providers[0] in there}
    if find_spec("openvino") is not None:
        import openvino

        known = {name.partition(".")[0] for name in openvino.Core().available_devices}
        able |= {device for device, name in OPENVINO_DEVICES.items() if name in known}
    return tuple(device for device in DEVICES if device in able)


def processors() -> int:
    """How many of the machine's processors this process may use; `THREADS_VARIABLE` may say fewer."""
    told = os.environ.get(THREADS_VARIABLE, "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class OnnxRuntime:
    """A graph opened by ONNX Runtime."""

    name = "onnxruntime"
    one_by_one = False

    def __init__(self, file: Path, threads: int, providers: Sequence[str], device: str = "") -> None:
        """`device`: the word that the providers stand for; empty: they were named themselves."""
        self._session = _session(file, threads, tuple(providers), device)
        self.inputs = _declared(self._session.get_inputs())
        self.outputs = _declared(self._session.get_outputs())

    def settle(self, signature: Signature) -> None:
        """Nothing to do: shapes are looked at with every call."""

    def compute(self, wanted: Sequence[str], given: Arrays) -> list[NDArray[Any]]:
        """The outputs of these names."""
        return [np.asarray(array) for array in self._session.run(list(wanted), given)]


class OpenVino:
    """A graph opened by OpenVINO."""

    name = "openvino"
    one_by_one = True  # so that all shapes are known when it is compiled, and memory can be planned

    def __init__(self, file: Path, threads: int, device: str) -> None:
        import openvino

        self._core = openvino.Core()
        self._file, self._threads, self._device = file, threads, OPENVINO_DEVICES[device]
        there = sorted({name.partition(".")[0] for name in self._core.available_devices})
        if self._device not in there:
            raise _no_device(file, device, "its driver for OpenVINO")
        try:
            self._model: Any = self._core.read_model(str(file))
        except Exception as error:  # RuntimeError, for each kind of damage
            raise _unopened(file, error) from error
        self._compiled: Any = None
        self.inputs = tuple(_openvino_tensor(port) for port in self._model.inputs)
        self.outputs = tuple(_openvino_tensor(port) for port in self._model.outputs)

    def settle(self, signature: Signature) -> None:
        """Compile for these shapes, with 1 in place of letters."""
        shapes = {tensor.name: [1 if isinstance(axis, str) else axis for axis in tensor.shape]
                  for tensor in signature.inputs}  # fmt: skip
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",  # else some processors compute in bfloat16, unasked
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
        }
        if self._device == "CPU":
            settings["INFERENCE_NUM_THREADS"] = str(self._threads)
        try:
            self._model.reshape(shapes)
            self._compiled = self._core.compile_model(self._model, self._device, settings)
            self._request = self._compiled.create_infer_request()
        except Exception as error:
            raise _unopened(self._file, error) from error
        self._model = None  # the compiled one has its own weights
        self._ports = {name: port for port in self._compiled.outputs for name in port.get_names()}
        self._turn = threading.Lock()  # one request: a second would hold its own arrays of every layer

    def compute(self, wanted: Sequence[str], given: Arrays) -> list[NDArray[Any]]:
        """The outputs of these names."""
        with self._turn:
            made = self._request.infer(given)
            return [np.array(made[self._ports[name]]) for name in wanted]


def _no_device(file: Path, device: str, needed: str) -> GraphMismatch:
    here = [name for name in devices_here() if name != device]
    return GraphMismatch(
        f"{file.name} is to be computed on {device!r}, which cannot be had here. Name a device that can "
        f"({', '.join(here) or 'none'}), or install {needed}."
    )


def _session(file: Path, threads: int, providers: tuple[str, ...], device: str) -> Any:
    """`device`: the word that the providers stand for; empty: they were named themselves."""
    import onnxruntime

    there = onnxruntime.get_available_providers()
    missing = [provider for provider in providers if provider not in there]
    if device and missing:
        raise _no_device(file, device, "the edition of onnxruntime that has it, in place of this one, and its driver")
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
        raise _unopened(file, error) from error
    refused = [provider for provider in providers if provider not in session.get_providers()]
    if refused and device:  # ONNX Runtime would go on without it
        raise _no_device(file, device, "its driver, which could not be started")
    if refused:
        raise GraphMismatch(
            f"{file.name} is to be run by {', '.join(refused)}, which could not be started. Check its driver, or name "
            "another provider."
        )
    return session


def _unopened(file: Path, error: Exception) -> GraphMismatch:
    why = " ".join(str(error).split())[:300] or type(error).__name__
    return GraphMismatch(
        f"{file.name} cannot be opened as an ONNX graph ({why}). Get the file again, or another edition of it."
    )


def _declared(nodes: Sequence[Any]) -> tuple[Tensor, ...]:
    return tuple(
        Tensor(
            node.name,
            tuple(axis if isinstance(axis, int) else (axis or "?") for axis in node.shape),
            _TYPES.get(node.type, node.type),
        )
        for node in nodes
    )


def _openvino_tensor(port: Any) -> Tensor:
    shape = port.get_partial_shape()
    if shape.rank.is_dynamic:
        axes: tuple[int | str, ...] = ("...",)
    else:
        axes = tuple(axis.get_length() if axis.is_static else "?" for axis in shape)
    names = sorted(port.get_names())
    kind = port.get_element_type()
    return Tensor(names[0] if names else "?", axes, str(kind.to_dtype()) if kind.is_static() else "?")
