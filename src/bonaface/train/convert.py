"""Checkpoints of published restorers (`.pth`) as ONNX graphs, compared with what PyTorch computes.

Files are read as weights only: a pickle may hold code, and none of it is run.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from bonaface.core.errors import BonafaceError, InputError, UnknownName
from bonaface.io.answers import no_graph
from bonaface.io.atomic import write_bytes
from bonaface.train.export import checked, run_graph, traced
from bonaface.train.lean import lean

ARCHITECTURES: Mapping[str, str] = {
    "gfpgan-1.2": "GFPGAN",
    "gfpgan-1.3": "GFPGAN",
    "gfpgan-1.4": "GFPGAN",
    "codeformer": "CodeFormer",
    "restoreformer": "RestoreFormer",
}
"""Restorers whose checkpoints can be converted, and what spandrel calls their networks."""
SIDE = 512
TOLERANCE = 1e-3
"""Largest difference between the graph and PyTorch, in [-1, 1] or, where the network goes beyond, as a share of its
largest value: an eighth of a level of 255."""
WEIGHTS = (0.0, 0.5, 1.0)
"""Settings of CodeFormer's w that are compared."""
_WRAPPED = ("params_ema", "params", "state_dict", "model_state_dict", "model", "net")


@dataclass(frozen=True, slots=True)
class Converted:
    """What came out.

    Attributes:
        path: of the graph.
        difference: the largest, see `TOLERANCE`.
        megabytes: of the graph.
    """

    path: Path
    difference: float
    megabytes: float


def convert(source: Path, restorer: str, out: Path, *, overwrite: bool = False) -> Converted:
    """Write the graph of a checkpoint.

    Args:
        source: a `.pth` file of the official release.
        restorer: an id of `ARCHITECTURES`.
        out: of the graph.
        overwrite: replace what is there.

    Raises:
        UnknownName: a restorer that cannot be converted.
        InputError: the file is no checkpoint, holds more than weights, or is of another network.
        BonafaceError: the graph differs from PyTorch by more than the tolerance; nothing is written.
    """
    if restorer not in ARCHITECTURES:
        raise UnknownName(
            f"Checkpoints of {restorer} cannot be converted; those of {', '.join(ARCHITECTURES)} can. Fetch its graph "
            f"instead: bonaface models fetch {restorer}"
        )
    network = network_of(read_weights(source), ARCHITECTURES[restorer], source.name)
    data, difference = exported(network, weighted=restorer == "codeformer")
    write_bytes(out, data, overwrite=overwrite)
    return Converted(out, difference, len(data) / 1e6)


def read_weights(source: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name; nothing in the file is run.

    Raises:
        InputError: it cannot be read, or holds other things than weights.
    """
    if not source.is_file():
        raise InputError(f"There is no file {source}; expected a checkpoint (.pth). Check the spelling.")
    if what := _no_checkpoint(source):
        raise InputError(
            f"{source.name} is no checkpoint: it holds {what}; expected what PyTorch saves, a ZIP archive or a pickle. "
            "Get the file again, from the official release."
        )
    try:
        held = torch.load(source, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{source.name} is refused: it holds more than weights, or is no checkpoint. To read the rest of it would "
            "run code that came with it; none was run. Get the official release of the weights."
        ) from error
    except Exception as error:  # a damaged archive; each kind has an exception of its own
        said = " ".join(str(error).split())[:200]
        why = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise InputError(
            f"{source.name} cannot be read as a checkpoint: it begins as one, and is cut off, damaged, or of another "
            f"program ({why}). Get the file again, from the official release."
        ) from error
    for name in _WRAPPED:
        if isinstance(held, dict) and isinstance(held.get(name), dict):
            held = held[name]
    if not isinstance(held, dict) or not held or not all(isinstance(part, Tensor) for part in held.values()):
        raise InputError(f"{source.name} holds no weights by name. Get the official release of the weights.")
    return {str(name): part for name, part in held.items()}


def _no_checkpoint(source: Path) -> str:
    """What a file evidently is, by its first bytes, if PyTorch did not write it; else empty."""
    try:
        with source.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror}). Check its rights.") from error
    if head.startswith((b"PK\x03\x04", b"\x80")):
        return ""
    return no_graph(head) or f"something else, which begins with the bytes {head[:8].hex(' ')}"


def network_of(weights: dict[str, Tensor], architecture: str, name: str) -> nn.Module:
    """The network that these weights belong to.

    Raises:
        InputError: they belong to another one.
    """
    from spandrel import MAIN_REGISTRY, ArchRegistry, ModelLoader, UnsupportedModelError

    registry = ArchRegistry()
    registry.add(*MAIN_REGISTRY)
    if architecture == "CodeFormer":
        from spandrel_extra_arches import EXTRA_REGISTRY

        registry.add(*EXTRA_REGISTRY)
    try:
        found = ModelLoader("cpu", registry).load_from_state_dict(weights)
    except UnsupportedModelError as error:
        raise InputError(f"{name} holds the weights of no known network; expected {architecture}.") from error
    except RuntimeError as error:  # keys or shapes that do not fit
        why = " ".join(str(error).split())[:200]
        raise InputError(f"{name} does not fit {architecture} ({why}). Get the official release.") from error
    if found.architecture.id != architecture:
        raise InputError(
            f"{name} holds the weights of {found.architecture.id}; expected {architecture}. Name the other."
        )
    network: nn.Module = found.model
    return network.float().eval()


@torch.no_grad()
def exported(network: nn.Module, *, weighted: bool) -> tuple[bytes, float]:
    """The graph of a network, and its largest difference from PyTorch.

    Args:
        network: spandrel's, which reads and delivers [-1, 1]; its descriptor, which would convert some networks' range
            and not others', is not used.
        weighted: it has CodeFormer's w, which becomes an input.

    Raises:
        BonafaceError: the difference is above `TOLERANCE`.
    """
    plain, rewritten = _Plain(network).eval(), _Plain(lean(network)).eval()
    generator = torch.Generator().manual_seed(0)
    faces = torch.rand(2, 3, SIDE, SIDE, generator=generator) * 2 - 1
    faces[1] = torch.linspace(-1, 1, SIDE)  # smooth, as faces are for the most part
    inputs: dict[str, Tensor] = {"input": faces}
    if weighted:
        inputs["weight"] = torch.tensor([0.5], dtype=torch.float64)
    batch = torch.export.Dim("N", min=1, max=64)
    free: list[dict[int, Any]] = [{0: batch}, *([{}] if weighted else [])]
    data = checked(traced(rewritten, inputs, ["output"], free))
    difference = 0.0
    for w in WEIGHTS if weighted else WEIGHTS[:1]:
        case = {name: torch.tensor([w], dtype=torch.float64) if name == "weight" else faces[1:] for name in inputs}
        expected = plain(*case.values())
        found = torch.from_numpy(run_graph(data, case)[0])
        difference = max(difference, float((found - expected).abs().max() / expected.abs().max().clamp(min=1)))
    if not difference <= TOLERANCE:
        raise BonafaceError(
            f"The graph differs from PyTorch by {difference:.2g}; expected at most {TOLERANCE:g}. Nothing was written. "
            "Report this with the versions of torch and spandrel."
        )
    return data, difference


class _Weight:
    """CodeFormer's w as a tensor: its `if w > 0` saves work and changes nothing, so that it is always true here."""

    def __init__(self, value: Tensor) -> None:
        self.value = value

    def __gt__(self, other: float) -> bool:
        return True

    def __mul__(self, other: Tensor) -> Tensor:
        return self.value * other


class _Plain(nn.Module):
    """The network with one output, fixed noise, and w as an argument."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.fixed = {"return_rgb": False, "randomize_noise": False} if hasattr(network, "stylegan_decoder") else {}

    def forward(self, face: Tensor, weight: Tensor | None = None) -> Tensor:
        """(N, 3, 512, 512) in [-1, 1] -> likewise."""
        given = (face,) if weight is None else (face, _Weight(weight.float()))
        out: Tensor = self.network(*given, **self.fixed)[0]
        return out
