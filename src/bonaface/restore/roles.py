"""Which input and output of a published graph is what.

They are told by their shapes and types: every exporter names them anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bonaface.graphs.tensors import Adapt, Signature, Tensor


@dataclass(frozen=True, slots=True)
class Roles:
    """What each input and output of a graph is for."""

    picture: Tensor
    weight: Tensor | None
    noise: tuple[Tensor, ...]
    result: Tensor

    @property
    def signature(self) -> Signature:
        """All inputs, and the one output that is wanted."""
        given = (self.picture, *([self.weight] if self.weight else []), *self.noise)
        return Signature(given, (self.result,))


def adapter(side: int, *, weighted: bool) -> Adapt:
    """What makes a signature of a graph's own declaration.

    Args:
        side: of the faces.
        weighted: the graph must read a weight; False: it must not.
    """

    def adapt(inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> Signature | str:
        roles = told(inputs, outputs, side)
        if roles is None or (roles.weight is not None) != weighted:
            weight = ", a weight float32 or float64 () or (1,)" if weighted else " and no weight"
            return (
                f"one picture float32 (N or 1, 3, {side}, {side}){weight}, at most noise float32 (N or 1, 1, height, "
                f"width) besides, and a result float32 (N or 1, 3, {side}, {side})"
            )
        return roles.signature

    return adapt


def told(inputs: Sequence[Tensor], outputs: Sequence[Tensor], side: int) -> Roles | None:
    """What each input and output is for; None: an input is none of what is known, or one is missing.

    Of several outputs (intermediate pictures, codes), the first picture of the right size counts.
    """
    pictures = [told for tensor in inputs if (told := _picture(tensor, side))]
    weights = [tensor for tensor in inputs if _is_weight(tensor)]
    noise = [told for tensor in inputs if (told := _noise(tensor))]
    results = [told for tensor in outputs if (told := _picture(tensor, side))]
    if len(pictures) != 1 or len(weights) > 1 or len(pictures) + len(weights) + len(noise) != len(inputs):
        return None
    if not results:
        return None
    free = pictures[0].shape[0] == results[0].shape[0] == "N"
    picture, result = (Tensor(one.name, ("N" if free else 1, 3, side, side)) for one in (pictures[0], results[0]))
    return Roles(picture, weights[0] if weights else None, tuple(noise), result)


def _picture(tensor: Tensor, side: int) -> Tensor | None:
    """The tensor with its free axes told, if it can be a picture of that side."""
    if len(tensor.shape) != 4 or tensor.dtype != "float32":
        return None
    first, *rest = tensor.shape
    fits = isinstance(first, str) or first == 1
    fits &= all(isinstance(axis, str) or axis == number for axis, number in zip(rest, (3, side, side), strict=True))
    return Tensor(tensor.name, ("N" if isinstance(first, str) else 1, 3, side, side)) if fits else None


def _is_weight(tensor: Tensor) -> bool:
    return tensor.dtype in ("float32", "float64") and (
        tensor.shape == () or (len(tensor.shape) == 1 and (isinstance(tensor.shape[0], str) or tensor.shape[0] == 1))
    )


def _noise(tensor: Tensor) -> Tensor | None:
    """One channel, of a size that is known."""
    if len(tensor.shape) != 4 or tensor.dtype != "float32" or tensor.shape[1] != 1:
        return None
    first, _, height, width = tensor.shape
    if isinstance(height, str) or isinstance(width, str) or not (isinstance(first, str) or first == 1):
        return None
    return Tensor(tensor.name, ("N" if isinstance(first, str) else 1, 1, height, width))
