"""How much an editor's output follows the face that it was given, and how much the request alone.

A stand-in for S0's rating of prompt dependency (VII.D, "how much the output relies on the text prompt alone", lower
is better): under one request, a person's output from a damaged picture is compared with the same person's output from
the undamaged one, and with other people's. Where the face decides, the first two are alike; where the request alone
does, they are as unlike as the outputs of strangers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bonaface.core.images import Image, luminance
from bonaface.faces.crops import resized

SIDE = 32
"""Pixels of the reduced pictures that are compared: of 256 px, noise of single pixels is averaged over 8 x 8."""

Pattern = NDArray[np.float64]
"""(1024,): a picture reduced to `SIDE`, its luma brought to mean 0 and standard deviation 1."""


def pattern(image: Image) -> Pattern | None:
    """What of a picture is compared: where it is light and dark, whatever its brightness, contrast and colour.

    Args:
        image: (S, S, 3).

    Returns:
        None where it is of one tone, so that nothing could be compared.
    """
    luma = luminance(resized(image, SIDE)).astype(np.float64).ravel()
    spread = float(luma.std())
    return None if spread < 1e-6 else (luma - luma.mean()) / spread


def apart(first: Pattern, second: Pattern) -> float:
    """Root mean square difference of two patterns: 0 for equal ones, sqrt(2) for unrelated ones, 2 for a negative."""
    return float(np.sqrt(np.mean((first - second) ** 2)))


def dependency(
    outputs: Mapping[str, Pattern], references: Mapping[str, Pattern], people: Mapping[str, str]
) -> dict[str, float]:
    """Prompt dependency of each face's output.

    Args:
        outputs: from the damaged pictures, by face.
        references: from the undamaged ones, under the same request, by face.
        people: whom a face shows.

    Returns:
        By face: how far its two outputs lie apart, over the mean distance from its output to the references of other
        people. 0: equal; 1: no more alike than strangers' outputs are; it may exceed 1. Faces without a reference, or
        without another person's, are left out.

    >>> a, b = np.array([1.0, -1.0]), np.array([-1.0, 1.0])
    >>> dependency({"a": a, "b": a}, {"a": a, "b": b}, {"a": "a", "b": "b"})
    {'a': 0.0}
    """
    out = {}
    for face, output in outputs.items():
        if face not in references:
            continue
        others = [apart(output, other) for name, other in references.items() if people[name] != people[face]]
        if others and (strangers := float(np.mean(others))) > 0:
            out[face] = apart(output, references[face]) / strangers
    return out
