"""OpenAI's CLIP: its files, and pictures and texts as directions in its space."""

from __future__ import annotations

import importlib.util
import sys
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bonaface.core.errors import WeightsError
from bonaface.core.images import Image, to_bytes
from bonaface.learned.offline import read_tensors

Directions = NDArray[np.float64]
"""(D,) or (N, D), each of length 1."""


class Clip:
    """One of OpenAI's networks, computed in 32 bits on the processor."""

    def __init__(self, path: Path) -> None:
        """`path` is a file that OpenAI published ("ViT-B-32.pt"), or the plain checkpoint of such a network.

        Raises:
            WeightsError: it holds anything else.
        """
        self._package = package()
        try:
            self._network = self._package.model.build_model(read_clip(path)).float().eval()
        except (KeyError, IndexError, RuntimeError) as error:
            raise WeightsError(f"{path} is not a network of CLIP: {type(error).__name__}: {error}.") from error
        self._prepared = self._package.clip._transform(self._network.visual.input_resolution)

    def picture(self, image: Image) -> Directions:
        """(H, W, 3) -> (D,), prepared as the package does.

        Rounded to 8 bits, the shorter side brought to 224 px (Pillow's bicubic), the middle square.
        """
        from PIL import Image as Pillow

        pixels = self._prepared(Pillow.fromarray(to_bytes(image)))[None]
        with torch.inference_mode():
            return _unit(self._network.encode_image(pixels)[0])

    def texts(self, texts: Sequence[str]) -> Directions:
        """N texts of at most 75 tokens -> (N, D)."""
        with torch.inference_mode():
            return _unit(self._network.encode_text(self._package.tokenize(list(texts))))


def _unit(vectors: Any) -> Directions:
    rows = np.asarray(vectors, np.float64)
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))


def package() -> ModuleType:
    """OpenAI's `clip`, which asks setuptools for `packaging`, and setuptools no longer has that."""
    name = "pkg_resources"
    if "clip" not in sys.modules and name not in sys.modules and importlib.util.find_spec(name) is None:
        import packaging.version

        sys.modules[name] = ModuleType(name)
        sys.modules[name].packaging = packaging  # type: ignore[attr-defined]
        try:
            return _imported()
        finally:
            del sys.modules[name]
    return _imported()


def _imported() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pkg_resources, where it is there, calls itself deprecated
        import clip
        import clip.model

    return clip  # type: ignore[no-any-return]


def read_clip(path: Path) -> dict[str, Any]:
    """The tensors of a CLIP file, by name.

    OpenAI's files are TorchScript archives. PyTorch can only read one by compiling the program in it, which is not
    Python; none of it is called, and the file's SHA-256 is known. A plain checkpoint is read without any program.

    Raises:
        WeightsError: it cannot be read, or holds more than that.
    """
    if not _is_program(path):
        return read_tensors(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # TorchScript is deprecated; the files stay what they are
            return dict(torch.jit.load(str(path), map_location="cpu").state_dict())  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        raise WeightsError(f"{path} cannot be read as TorchScript: {str(error).splitlines()[0]}") from error


def _is_program(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())
