"""What graphs read and deliver: names, shapes and types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
"""Arrays by the names of a graph's inputs or outputs."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """What one input or output is.

    Attributes:
        name: in the graph.
        shape: whole numbers; a letter for an axis of any length, which is the same wherever the letter stands.
        dtype: of NumPy.

    >>> str(Tensor("image", ("N", 3, 16, 16)))
    'image float32 (N, 3, 16, 16)'
    """

    name: str
    shape: tuple[int | str, ...]
    dtype: str = "float32"

    def __str__(self) -> str:
        return f"{self.name} {described(self.shape, self.dtype)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What an adapter expects of a graph: its inputs and outputs, each in any order."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


Adapt = Callable[[tuple[Tensor, ...], tuple[Tensor, ...]], Signature | str]
"""From what a graph declares to the signature that it is used with: all inputs, and the outputs that are wanted. An
axis that the graph leaves free may become a number. Where the graph does not fit: what was expected, in words."""


def described(shape: Sequence[int | str], dtype: str) -> str:
    """As messages say it."""
    inside = ", ".join(map(str, shape))
    return f"{dtype} ({inside},)" if len(shape) == 1 else f"{dtype} ({inside})"


def listed(tensors: Iterable[object]) -> str:
    """As messages say it.

    >>> listed([])
    'nothing'
    """
    return "; ".join(map(str, tensors)) or "nothing"
