"""Quality without a truth: MUSIQ, MANIQA, TOPIQ for faces, QualiCLIP and CLIP-IQA, by the libraries' own classes.

The classes would fetch and unpickle weights when they are made. They are made without, and filled from verified files.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from bonaface.core.errors import WeightsError, WeightsMissing
from bonaface.core.images import Image
from bonaface.learned.clip import package, read_clip
from bonaface.learned.offline import read_tensors
from bonaface.learned.tensors import tensor

Quality = Callable[[Image], float]
"""From (H, W, 3) to a number, in the unit of the network."""


def musiq(path: Path) -> Quality:
    """MUSIQ: the picture at 224 and 384 px and as it is, all patches of each; nothing random."""
    with _closed("musiq") as module:
        network = module.MUSIQ(pretrained=False)
    return _quality(_filled(network, path))


def maniqa(path: Path) -> Quality:
    """MANIQA: 20 crops of 224 px at even steps; nothing random."""
    import timm

    create = timm.create_model

    def bare(name: str, **options: Any) -> Any:
        return create(name, **{**options, "pretrained": False})

    with _closed("maniqa") as module, patch.object(timm, "create_model", bare):  # it always asks for a backbone
        network = module.MANIQA(pretrained=False, scale=0.8)
    return _quality(_filled(network, path))


def topiq_face(path: Path) -> Quality:
    """TOPIQ with the weights for faces, on the crop of a face: none is looked for.

    The class is asked for by the name of its sister for photographs, which is the same network: by that of the one for
    faces it would fetch a detector.
    """
    with _closed("topiq") as module:
        network = module.CFANet(
            semantic_model_name="resnet50",
            model_name="cfanet_nr_koniq_res50",
            backbone_pretrain=False,
            use_ref=False,
            pretrained=False,
            test_img_size=512,
        )
    return _quality(_filled(network, path))


def qualiclip(path: Path) -> Quality:
    """QualiCLIP: its file holds the whole of CLIP's ResNet-50, and the prompts as vectors."""
    state = {name.removeprefix("clip_model."): value for name, value in read_tensors(path).items()}
    state.pop("prompts_features", None)
    package()  # pyiqa's file imports it, and cannot by itself where setuptools is new
    with _closed("qualiclip") as module:
        parts = importlib.import_module("pyiqa.archs.clip_model")
        # CLIP's builder rounds to 16 bits; the class then fills in the file's own values.
        build: Callable[..., Any] = lambda *_: parts.build_model(state).float()  # noqa: E731
        with patch.object(module, "load", build), patch.object(module, "load_file_from_url", lambda *_: str(path)):
            return _quality(_made(lambda: module.QualiCLIP(model_type="qualiclip"), path))


def clip_iqa(path: Path) -> Quality:
    """CLIP-IQA by piq: "Good photo." against "Bad photo.", CLIP's ResNet-50 without positions."""
    module, parts = importlib.import_module("piq.clip_iqa"), importlib.import_module("piq.feature_extractors.clip")
    tokens, state = package().tokenize(["Good photo.", "Bad photo."]), read_clip(path)
    build: Callable[[], Any] = lambda: parts.build_model(state).float()  # noqa: E731
    with patch.object(parts, "load", build), patch.object(module, "download_tensor", lambda *_: tokens):
        return _quality(_made(module.CLIPIQA, path))


@contextmanager
def _closed(name: str) -> Iterator[Any]:
    """The file of a network in pyiqa, which within can fetch and unpickle nothing."""
    module = importlib.import_module(f"pyiqa.archs.{name}_arch")
    with ExitStack() as patches:
        for loader in ("load_file_from_url", "load_pretrained_network"):
            if hasattr(module, loader):
                patches.enter_context(patch.object(module, loader, _refuse))
        yield module


def _refuse(*asked: Any, **_: Any) -> Any:
    raise WeightsMissing(f"pyiqa asked for weights ({asked[-1]}), which no card names; nothing was fetched.")


def _filled(network: Any, path: Path) -> Any:
    """`network` with the values of a checkpoint, all of them and no others."""
    held = read_tensors(path)
    held = {name.removeprefix("module."): value for name, value in held.get("params", held).items()}
    _made(lambda: network.load_state_dict(held, strict=True), path)
    return network


def _made(make: Callable[[], Any], path: Path) -> Any:
    """What `make` makes of the tensors of a file.

    Raises:
        WeightsError: they are those of another network.
    """
    try:
        return make()
    except (KeyError, IndexError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise WeightsError(f"{path} is not of this network ({type(error).__name__}: {reason}).") from error


def _quality(network: Any) -> Quality:
    network.eval()

    def quality(output: Image) -> float:
        """(H, W, 3) -> the network's number, on the pixels as they are."""
        with torch.inference_mode():
            return float(network(tensor(output)))

    return quality
