"""Small networks with the inputs and outputs of published ones, and random weights; a small BRISQUE regression."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from bonaface.measure.brisque import MODEL, RANGE
from bonaface.measure.openface import OPENFACE
from bonaface.measure.published import ARCFACE, FAN
from bonaface.measure.regression import FEATURES
from made_graphs import save


def _graph(folder: Path, name: str, nodes, given, made, constants) -> Path:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "made",
        [value(*each) for each in given],
        [value(*each) for each in made],
        [numpy_helper.from_array(array, key) for key, array in constants.items()],
    )
    return save(folder / name, graph)


def write_arcface(folder: Path, side: int = 112, size: int = 512, batch: int | str = 1) -> Path:
    """A filter of 16 px and a random projection: an embedding that changes with the picture, and steadily."""
    rng = np.random.default_rng(0)
    filters = rng.normal(size=(8, 3, 16, 16)).astype(np.float32)
    filters -= filters.mean(axis=(1, 2, 3), keepdims=True)
    weights = rng.normal(size=(8 * (side // 16) ** 2, size)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["input", "filters"], ["seen"], strides=[16, 16]),
        helper.make_node("Flatten", ["seen"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["output"]),
    ]
    given, made = ("input", TensorProto.FLOAT, (batch, 3, side, side)), ("output", TensorProto.FLOAT, (batch, size))
    return _graph(folder, ARCFACE.name, nodes, [given], [made], {"filters": filters, "weights": weights})


def write_fan(folder: Path, *, dot: bool = False, side: int = 256) -> Path:
    """Heat maps that are the answers of 68 random filters; `dot`: all of them of a Gaussian, whose peak is at a dot."""
    axis = np.arange(20) - 9.5
    bell = np.exp(-(axis**2) / (2 * 6**2))
    filters = np.broadcast_to(np.outer(bell, bell) / bell.sum() ** 2 / 3, (68, 3, 20, 20))
    if not dot:
        drawn = np.random.default_rng(1).normal(size=(68, 3, 20, 20))
        filters = filters * (drawn - drawn.mean(axis=(1, 2, 3), keepdims=True))
    nodes = [
        helper.make_node("Conv", ["input", "filters"], ["heatmaps"], strides=[4, 4], pads=[8, 8, 8, 8]),
        helper.make_node("ReduceMax", ["heatmaps", "axes"], ["peaks"], keepdims=0),
        helper.make_node("Unsqueeze", ["peaks", "last"], ["column"]),
        helper.make_node("Tile", ["column", "thrice"], ["landmarks"]),
    ]
    given = ("input", TensorProto.FLOAT, (1, 3, side, side))
    made = [
        ("landmarks", TensorProto.FLOAT, (1, 68, 3)),
        ("heatmaps", TensorProto.FLOAT, (1, 68, side // 4, side // 4)),
    ]
    whole = {"axes": [2, 3], "last": [2], "thrice": [1, 1, 3]}
    constants = {key: np.array(value, np.int64) for key, value in whole.items()}
    return _graph(folder, FAN.name, nodes, [given], made, {"filters": filters.astype(np.float32), **constants})


class Torch7:
    """Writes the form of Torch 7: each object has a number, a version and a class, and is told by its fields."""

    def __init__(self) -> None:
        self._objects = 0

    def module(self, name: str, fields: dict[str, bytes]) -> bytes:
        return self._object(name) + self.table({_text(key): value for key, value in fields.items()})

    def table(self, pairs: dict[bytes, bytes]) -> bytes:
        self._objects += 1
        return struct.pack("<iii", 3, self._objects, len(pairs)) + b"".join(key + value for key, value in pairs.items())

    def tensor(self, array: np.ndarray) -> bytes:
        array = np.ascontiguousarray(array, np.float32)
        steps = [stride // 4 for stride in array.strides]
        shape = struct.pack(f"<i{2 * array.ndim + 1}q", array.ndim, *array.shape, *steps, 1)
        storage = self._object("torch.FloatStorage") + struct.pack("<q", array.size) + array.tobytes()
        return self._object("torch.FloatTensor") + shape + storage

    def _object(self, name: str) -> bytes:
        self._objects += 1
        return struct.pack("<ii", 4, self._objects) + _string("V 1") + _string(name)


def _string(text: str) -> bytes:
    return struct.pack("<i", len(text)) + text.encode()


def _text(text: str) -> bytes:
    return struct.pack("<i", 2) + _string(text)


def number(value: float) -> bytes:
    return struct.pack("<id", 1, value)


def write_openface(folder: Path, size: int = 128) -> Path:
    """A filter of 16 px, a random projection, and OpenFace's last step (length 1), as Torch 7 saves them."""
    rng, torch = np.random.default_rng(2), Torch7()
    filters = rng.normal(size=(4, 3, 16, 16))
    filters -= filters.mean(axis=(1, 2, 3), keepdims=True)
    steps = {**dict.fromkeys(("kW", "kH", "dW", "dH"), 16), "padW": 0, "padH": 0, "nInputPlane": 3, "nOutputPlane": 4}
    layers = [
        torch.module(
            "nn.SpatialConvolution",
            {key: number(value) for key, value in steps.items()}
            | {"weight": torch.tensor(filters), "bias": torch.tensor(np.zeros(4))},
        ),
        torch.module(
            "nn.Linear",
            {"weight": torch.tensor(rng.normal(size=(size, 4 * 6 * 6))), "bias": torch.tensor(np.zeros(size))},
        ),
        torch.module("nn.Normalize", {"p": number(2), "eps": number(1e-10)}),
    ]
    modules = torch.table({number(place): layer for place, layer in enumerate(layers, 1)})
    path = folder / OPENFACE.name
    path.write_bytes(torch.module("nn.Sequential", {"modules": modules}))
    return path


def write_brisque(folder: Path, variables: int = FEATURES) -> tuple[Path, Path]:
    """A regression on made features, saved as OpenCV's training saves it: more noise, a higher value."""
    rng = np.random.default_rng(3)
    rows = rng.uniform(-1, 1, (200, variables)).astype(np.float32)
    svm = cv2.ml.SVM_create()
    svm.setType(cv2.ml.SVM_EPS_SVR)
    svm.setKernel(cv2.ml.SVM_RBF)
    svm.setGamma(0.05)
    svm.setC(1024)
    svm.setP(0.1)
    svm.train(rows, cv2.ml.ROW_SAMPLE, (50 + 40 * rows[:, :2].mean(axis=1, keepdims=True)).astype(np.float32))
    model, extremes = folder / MODEL.name, folder / RANGE.name
    svm.save(str(model))
    storage = cv2.FileStorage(str(extremes), cv2.FILE_STORAGE_WRITE)
    low, high = np.full(variables, -1), np.full(variables, 1)
    low[::18], high[::18] = 0, 10
    storage.write("range", np.stack([low, high]).astype(np.float32))
    storage.release()
    return model, extremes


@pytest.fixture(scope="session")
def made_weights(tmp_path_factory) -> dict[str, Path]:
    """Stand-ins for the files that cards name, by their names."""
    folder = tmp_path_factory.mktemp("made")
    paths = (write_arcface(folder), write_fan(folder), write_openface(folder), *write_brisque(folder))
    return {path.name: path for path in paths}


@pytest.fixture(scope="session")
def writers():
    """What writes the stand-ins, with other shapes: `arcface`, `fan`, `openface`, `brisque`."""
    return {"arcface": write_arcface, "fan": write_fan, "openface": write_openface, "brisque": write_brisque}
