"""Starting from a trained network: a checkpoint of a run, or a graph as it is shipped.

Graphs hold each batch normalisation folded into the convolution before it. It is unfolded here: into a normalisation
that changes nothing, or, for training on, into one with the statistics of real inputs, so that the network computes
what the graph computes whether it takes its own statistics or a batch's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from bonaface.core.errors import InputError
from bonaface.train.checkpoints import load_part
from bonaface.train.export import norm_pairs
from bonaface.train.sampling import Examples, load_batches

WRAPPER = "generator."
"""What `deployed` puts before the names of Pro-UIGAN's weights."""
MEASURED_ON = 256
"""Examples whose statistics a normalisation takes over."""


def fill(network: nn.Module, file: Path, prefix: str = "", *, spare: str = "") -> None:
    """Fill a network with the weights of a checkpoint (.safetensors) or of an exported graph (.onnx).

    Args:
        network: of the shape that the file holds.
        file: as `bonaface train` or `export` wrote it.
        prefix: put before the names: "stem." where the network is only that part of the one in the file.
        spare: weights with this word in their names stay as they are where a graph, which holds only what its output
            needs, lacks them.

    Raises:
        InputError: neither kind of file, or a weight is missing or of another shape.
    """
    if file.suffix == ".onnx":
        fill_from_graph(network, graph_weights(file), file, prefix, spare)
    else:
        load_part(file, network, prefix)


def settle(network: nn.Module, part: nn.Module, file: Path, examples: Examples, seed: int) -> None:
    """Make a part of a network that was filled from a graph ready to be trained on; nothing for checkpoints.

    Its batch normalisations take over the statistics of 256 examples (their `image`).
    """
    if file.suffix == ".onnx":
        batches = load_batches(examples, seed=seed, batch=MEASURED_ON, start=0, stop=1, workers=0)
        measure_norms(network, next(iter(batches))["image"], part)


def graph_weights(file: Path) -> dict[str, Tensor]:
    """The weights that a graph holds, by the names that they have in the network.

    Raises:
        InputError: no graph, or one that keeps its weights in other files.
    """
    import onnx
    from google.protobuf.message import DecodeError

    if not file.is_file():
        raise InputError(f"{file} is not there. Give a checkpoint or a graph to start from.")
    try:
        model = onnx.ModelProto.FromString(file.read_bytes())
    except (DecodeError, OSError) as error:
        raise InputError(f"{file} cannot be read as an ONNX graph ({error}). Give another file.") from error
    found = {}
    for weight in model.graph.initializer:
        if weight.external_data:
            raise InputError(f"{file} keeps weights in other files. Give a graph that holds all of its weights.")
        values = torch.from_numpy(onnx.numpy_helper.to_array(weight).copy()).float()
        found[weight.name.removesuffix(".half").removeprefix(WRAPPER)] = values
    return found


def fill_from_graph(
    network: nn.Module, weights: Mapping[str, Tensor], file: Path, prefix: str = "", spare: str = ""
) -> None:
    """Fill a network, and unfold its batch normalisations into ones that change nothing."""
    convolution_of = {norm: convolution for convolution, norm in norm_pairs(network)}
    state: dict[str, Tensor] = {}
    for name, value in network.state_dict().items():
        owner, _, field = name.rpartition(".")
        if spare and spare in name and prefix + name not in weights:
            state[name] = value
        elif owner not in convolution_of:
            state[name] = _weight(weights, prefix + name, value, file)
        elif field == "bias":
            state[name] = _weight(weights, f"{prefix}{convolution_of[owner]}.bias", value, file)
        elif field == "running_var":  # so that the square root of it and epsilon is 1
            state[name] = torch.full_like(value, 1 - _epsilon(network.get_submodule(owner)))
        else:
            state[name] = torch.ones_like(value) if field == "weight" else torch.zeros_like(value)
    network.load_state_dict(state)


@torch.no_grad()
def measure_norms(network: nn.Module, images: Tensor, part: nn.Module | None = None) -> None:
    """Give batch normalisations that change nothing the statistics of what they see, without changing what comes out.

    Args:
        network: is run, in evaluation mode.
        images: its input.
        part: whose normalisations are meant; all of the network's where None.

    Raises:
        InputError: fewer than two pictures: they have no variance.
    """
    if len(images) < 2:
        raise InputError(f"Starting from a graph needs at least 2 pictures to learn from; found {len(images)}.")
    seen: dict[nn.BatchNorm2d, tuple[Tensor, Tensor]] = {}

    def keep(norm: nn.BatchNorm2d, given: tuple[Tensor, ...], _: Tensor) -> None:
        seen[norm] = (given[0].mean((0, 2, 3)), given[0].var((0, 2, 3)))

    norms = [each for each in (part or network).modules() if isinstance(each, nn.BatchNorm2d)]
    hooks = [norm.register_forward_hook(keep) for norm in norms]
    training = network.training
    network.eval()(images)
    network.train(training)
    for hook in hooks:
        hook.remove()
    for norm, (mean, variance) in seen.items():
        if norm.running_mean is not None and norm.running_var is not None:
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
        norm.bias.add_(mean * norm.weight)
        norm.weight.mul_((variance + norm.eps).sqrt())


@torch.no_grad()
def fit_layer(layer: nn.Conv2d, wanted: Tensor, run: Callable[[], object]) -> None:
    """Fit a 1x1 convolution by least squares to what it should give.

    Args:
        layer: with a bias.
        wanted: (B, outputs, H, W).
        run: runs the network, so that the layer sees its input.
    """
    seen: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    run()
    hook.remove()
    flat = seen[-1].movedim(1, -1).reshape(-1, layer.in_channels).double()
    rows = torch.cat([flat, torch.ones_like(flat[:, :1])], 1)
    gram = rows.T @ rows
    gram += 1e-6 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    found = torch.linalg.solve(gram, rows.T @ wanted.movedim(1, -1).reshape(-1, layer.out_channels).double())
    layer.weight.copy_(found[:-1].T[..., None, None])
    if layer.bias is not None:
        layer.bias.copy_(found[-1])


def _weight(weights: Mapping[str, Tensor], name: str, like: Tensor, file: Path) -> Tensor:
    if name in weights and weights[name].shape == (1, *like.shape, 1, 1):  # slopes of PReLUs, as graphs hold them
        return weights[name].reshape(like.shape)
    if name not in weights or weights[name].shape != like.shape:
        found = tuple(weights[name].shape) if name in weights else "nothing"
        raise InputError(f"{file} holds {found} for {name}; expected {tuple(like.shape)}. Give another graph.")
    return weights[name]


def _epsilon(norm: nn.Module) -> float:
    return norm.eps if isinstance(norm, nn.BatchNorm2d) else 0.0
