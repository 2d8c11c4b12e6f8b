"""Libraries that fetch their weights by themselves get verified files instead, or are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlparse

import torch

from bonaface.core.errors import WeightsError, WeightsMissing

LOADERS = ("torch.hub.load_state_dict_from_url", "torchvision.models._api.load_state_dict_from_url")
"""Where libraries find the function that fetches weights by an address."""


@contextmanager
def served(files: Mapping[str, Path], *loaders: str) -> Iterator[None]:
    """Within, what a library would fetch is read from `files`; what is not among them is refused.

    Args:
        files: verified local paths, by the last part of the address ("vgg16-397923af.pth").
        loaders: further places like `LOADERS` where a library keeps that function.

    Raises:
        WeightsMissing: inside, where a library asks for another file.
    """

    def load(url: str, *_: Any, **__: Any) -> Any:
        name = Path(urlparse(url).path).name
        if name not in files:
            raise WeightsMissing(f"A library asked for {name} ({url}), which no card names; nothing was fetched.")
        return read_state(files[name])

    import torchvision.models._api  # noqa: F401 - patched by its name

    with ExitStack() as patches:
        for place in (*LOADERS, *loaders):
            patches.enter_context(patch(place, load))
        yield


def read_state(path: Path) -> Any:
    """The tensors of a checkpoint: no code of it is run.

    Raises:
        WeightsError: it holds anything but tensors.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else "no reason given"
        raise WeightsError(
            f"{path} cannot be read as tensors alone ({type(error).__name__}: {reason}); expected a checkpoint that "
            "holds nothing else. No code of it was run."
        ) from error


def read_tensors(path: Path) -> dict[str, Any]:
    """The tensors of a plain checkpoint, by name.

    Raises:
        WeightsError: it holds anything else.
    """
    held = read_state(path)
    if not isinstance(held, Mapping):
        raise WeightsError(f"{path} holds {type(held).__name__}; expected tensors by their names.")
    return dict(held)
