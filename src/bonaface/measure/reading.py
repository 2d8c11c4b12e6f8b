"""What the attribute reader and the expression reader have in common: a network that looks at a small face crop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import InputError
from bonaface.core.images import Image, Points
from bonaface.core.results import Score
from bonaface.faces.crops import CELEBA, cut, resized, to_crop
from bonaface.graphs import Graph, Signature, Tensor

SIDE = 128
"""Pixels of the crop that the readers look at."""
NOT_MEASURED = "how often the reader errs here is not measured yet"


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a reader is right or wrong, on faces that it was not trained on.

    Attributes:
        value: in [0, 1].
        low: lower end of the 95% interval.
        high: upper end.
    """

    value: float
    low: float
    high: float

    def scores(self, name: str) -> dict[str, Score]:
        """As evidence: `name`, and the ends of its interval."""
        return {
            name: Score(self.value, "share"),
            f"{name}:low": Score(self.low, "share"),
            f"{name}:high": Score(self.high, "share"),
        }


Rates = Mapping[str, Rate | None]
"""By what is read; None where it was not measured."""


@dataclass(frozen=True, slots=True)
class AttributeErrors:
    """The attribute reader's own error rates by attribute.

    Attributes:
        balanced_accuracy: mean of the two shares that are read rightly.
        miss_rate: share of the faces with the attribute that are read as without.
        false_rate: share of the faces without the attribute that are read as with it.
    """

    balanced_accuracy: Rates = field(default_factory=lambda: MappingProxyType({}))
    miss_rate: Rates = field(default_factory=lambda: MappingProxyType({}))
    false_rate: Rates = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ExpressionErrors:
    """The expression reader's own error rates.

    Attributes:
        balanced_accuracy: mean of `recall` over the expressions.
        recall: by expression, the share of its pictures that are read as it.
    """

    balanced_accuracy: Rate | None = None
    recall: Rates = field(default_factory=lambda: MappingProxyType({}))


def attribute_errors(held: Mapping[str, Any], names: Sequence[str]) -> AttributeErrors:
    """From the file that lies beside the weights.

    Args:
        held: {"balanced_accuracy": {name: [value, low, high]}, "miss_rate": ..., "false_rate": ...}; null, or a name
            that is missing: not measured.
        names: of the attributes.

    Raises:
        InputError: another form.
    """
    kinds = ("balanced_accuracy", "miss_rate", "false_rate")
    return AttributeErrors(*(_rates(held.get(kind), names, kind) for kind in kinds))


def expression_errors(held: Mapping[str, Any], names: Sequence[str]) -> ExpressionErrors:
    """From the file that lies beside the weights: {"balanced_accuracy": [value, low, high], "recall": {name: ...}}.

    Raises:
        InputError: another form.
    """
    whole = _rate(held.get("balanced_accuracy"), "balanced_accuracy")
    return ExpressionErrors(whole, _rates(held.get("recall"), names, "recall"))


def _rates(held: Any, names: Sequence[str], kind: str) -> Rates:
    if held is not None and not isinstance(held, Mapping):
        raise InputError(f"{kind} is {held!r}; expected a table by name, or null.")
    return MappingProxyType({name: _rate((held or {}).get(name), f"{kind} of {name}") for name in names})


def _rate(held: Any, what: str) -> Rate | None:
    if held is None:
        return None
    fits = isinstance(held, Sequence) and len(held) == 3 and all(isinstance(value, (int, float)) for value in held)
    if not fits or not 0 <= held[1] <= held[0] <= held[2] <= 1:
        raise InputError(f"{what} is {held!r}; expected [value, low, high], shares in [0, 1], or null.")
    return Rate(*(float(value) for value in held))


def crop_of(image: Image, landmarks: Points) -> Image:
    """What the readers look at: the crop of CelebA's framing around a face, (128, 128, 3).

    Args:
        image: (H, W, 3).
        landmarks: (68, 2) of the face, in pixels of `image`.
    """
    return cut(image, to_crop(landmarks, SIDE, CELEBA), SIDE)


class CropReader:
    """A network that reads (N, 3, 128, 128) crops and delivers (N, `outputs`) logits."""

    def __init__(self, file: Path, outputs: int) -> None:
        signature = Signature((Tensor("image", ("N", 3, SIDE, SIDE)),), (Tensor("logits", ("N", outputs)),))
        self._graph = Graph(file, signature)
        self._outputs = outputs

    def logits(self, crops: Sequence[Image]) -> NDArray[np.float64]:
        """The mean of each crop's logits and its mirror image's, all crops in one call.

        Args:
            crops: (H, W, 3) each, of any size; brought to 128 px by area averaging or Lanczos.

        Returns:
            (N, outputs).
        """
        if not crops:
            return np.zeros((0, self._outputs))
        stack = np.stack([resized(crop, SIDE).transpose(2, 0, 1) for crop in crops]).astype(np.float32, copy=False)
        both = np.concatenate([stack, stack[..., ::-1]])
        found = np.asarray(self._graph.run({"image": both})["logits"], np.float64)
        return np.asarray((found[: len(crops)] + found[len(crops) :]) / 2)


def steady(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounded to four places, so that what a network computes last, which depends on the batch, does not show."""
    return np.asarray(np.round(probabilities, 4))
