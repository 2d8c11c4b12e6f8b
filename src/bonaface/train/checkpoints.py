"""Checkpoints: one safetensors file with everything that a run needs to go on, written whole or not at all.

Tensors only, and JSON beside them in the file's header: reading one runs no code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.optim import Optimizer

from bonaface.core.errors import InputError
from bonaface.io.atomic import write_bytes

VERSION = 1


@dataclass(slots=True)
class Progress:
    """How far a run is."""

    phase: int = 0
    step: int = 0
    """Steps done in the phase."""
    seconds: float = 0.0
    """Of training so far, over all starts."""
    seen: int = 0
    """Faces drawn so far."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a checkpoint says about its run."""

    recipe: str
    config: Mapping[str, Any]
    progress: Progress = field(default_factory=Progress)


def save_checkpoint(
    path: Path, header: Header, networks: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer]
) -> None:
    """Write a checkpoint beside its place, flush it, and move it over the one before.

    Raises:
        InputError: it cannot be written (a full disk); the checkpoint before stays as it is.
    """
    tensors: dict[str, Tensor] = {}
    for name, network in networks.items():
        for key, value in network.state_dict().items():
            tensors[f"network/{name}/{key}"] = value
    for name, optimiser in optimisers.items():
        for index, state in optimiser.state_dict()["state"].items():
            for key, value in state.items():
                tensors[f"optimiser/{name}/{index}/{key}"] = torch.as_tensor(value)
    metadata = {
        "version": str(VERSION),
        "recipe": header.recipe,
        "config": json.dumps(dict(header.config), sort_keys=True),
        "progress": json.dumps(asdict(header.progress)),
    }
    plain = {key: value.detach().to("cpu").contiguous().clone() for key, value in tensors.items()}
    write_bytes(path, safetensors.torch.save(plain, metadata), overwrite=True)


def read_header(path: Path) -> Header:
    """What a checkpoint says about its run.

    Raises:
        InputError: not there, or no checkpoint.
    """
    if not path.is_file():
        raise InputError(f"{path} is not there: there is nothing to resume. Start without --resume.")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
        if metadata.get("version") != str(VERSION):
            raise InputError(f"{path} is no checkpoint of this version of Bonaface (version {VERSION}).")
        return Header(metadata["recipe"], json.loads(metadata["config"]), Progress(**json.loads(metadata["progress"])))
    except (SafetensorError, OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise InputError(
            f"{path} cannot be read as a checkpoint ({error}). It may be cut short; start again."
        ) from error


def load_checkpoint(path: Path, networks: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer]) -> None:
    """Fill networks and optimisers from a checkpoint of the same configuration.

    Raises:
        InputError: it belongs to networks of another shape; both are named.
    """
    tensors = safetensors.torch.load_file(path)
    for name, network in networks.items():
        prefix = f"network/{name}/"
        state = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        expected = network.state_dict()
        for key in sorted(expected.keys() | state.keys()):
            found, wanted = (tuple(part[key].shape) if key in part else None for part in (state, expected))
            if found != wanted:
                raise InputError(
                    f"{path} is a checkpoint of another network: {name}'s {key} has shape {found}, expected {wanted}. "
                    "Give the configuration that it was made with."
                )
        network.load_state_dict(state)
    for name, optimiser in optimisers.items():
        prefix = f"optimiser/{name}/"
        state_of: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith(prefix):
                index, field_name = key.removeprefix(prefix).split("/")
                state_of.setdefault(int(index), {})[field_name] = value
        if state_of:
            optimiser.load_state_dict({"state": state_of, "param_groups": optimiser.state_dict()["param_groups"]})


def load_part(path: Path, network: nn.Module, prefix: str = "") -> None:
    """Fill a network, such as an encoder, with the tensors of the same names in a checkpoint's averaged network.

    `prefix` is put before the names: "stem." where the network is only that part of the one in the checkpoint.

    Raises:
        InputError: the file is no checkpoint, or a tensor is missing or of another shape.
    """
    read_header(path)
    prefix = f"network/average/network.{prefix}"
    tensors = safetensors.torch.load_file(path)
    there = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
    for name, value in network.state_dict().items():
        if name not in there or there[name].shape != value.shape:
            found = tuple(there[name].shape) if name in there else "nothing"
            raise InputError(
                f"{path} holds {found} for {name}; expected {tuple(value.shape)}. Give another checkpoint."
            )
    network.load_state_dict({name: there[name] for name in network.state_dict()})
