"""The numbers that a degradation is set by: fixed, or drawn anew at every call."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from bonaface.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Uniform:
    """A number drawn evenly between two ends.

    Raises:
        InputError: an end that is not a finite number, or `low` above `high`.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _put_ends_in_order(self, real(self.low, "Uniform.low"), real(self.high, "Uniform.high"))

    def draw(self, rng: np.random.Generator) -> float:
        """One number in [low, high)."""
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True, slots=True)
class Integers:
    """A whole number drawn evenly between two ends, both included.

    Raises:
        InputError: an end that is not a whole number, or `low` above `high`.
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        _put_ends_in_order(self, whole(self.low, "Integers.low"), whole(self.high, "Integers.high"))

    def draw(self, rng: np.random.Generator) -> int:
        """One of low, low + 1, ..., high."""
        return int(rng.integers(self.low, self.high, endpoint=True))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the listed numbers, each as likely as the others.

    Raises:
        InputError: no values, or one that is not a finite number.
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        given: Any = self.values
        if not isinstance(given, Iterable) or not (values := tuple(given)):
            raise InputError(f"Choice.values is {given!r}; expected one number or more, as in Choice((3, 5, 7)).")
        object.__setattr__(self, "values", tuple(real(value, "Choice.values") for value in values))

    def draw(self, rng: np.random.Generator) -> float:
        """One of the values."""
        return self.values[int(rng.integers(len(self.values)))]


Drawn = (Uniform, Integers, Choice)
Number: TypeAlias = float | Uniform | Integers | Choice
"""A number, or what to draw one from."""
WholeNumber: TypeAlias = int | Integers | Choice
"""A whole number, or what to draw one from."""


def draw(parameter: Number, rng: np.random.Generator) -> float:
    """The parameter's number for this call; a fixed one takes nothing from `rng`."""
    return parameter.draw(rng) if isinstance(parameter, Drawn) else parameter


def draw_whole(parameter: WholeNumber, rng: np.random.Generator) -> int:
    """The same for a parameter of whole numbers."""
    return int(draw(parameter, rng))


def settle(record: Any, field: str, low: float, high: float, *, unit: str = "", whole: bool = False,
           odd: bool = False, fixed: bool = False) -> None:  # fmt: skip
    """Check one field of a frozen record and store it as a plain Python number, so that 5, 5.0 and np.float32(5) agree.

    Args:
        record: the degradation, while it is being made.
        field: the name of its field.
        low: the smallest number allowed.
        high: the largest number allowed.
        unit: of the number, for messages.
        whole: whether it has to be a whole number.
        odd: whether it has to be an odd whole number.
        fixed: whether it has to be one number, not drawn.

    Raises:
        InputError: what was found, what was expected, what to do.
    """
    given = value = getattr(record, field)
    name = f"{type(record).__name__}.{field}"
    expected = (
        f"expected {'an odd number' if odd else 'a whole number' if whole else 'a number'} from {low:g} to {high:g}"
    )
    expected += f" {unit}" if unit else ""
    if fixed and isinstance(value, Drawn):
        raise InputError(f"{name} is {value!r}; {expected}. Give one number; this one cannot be drawn.")
    if (whole or odd) and (isinstance(value, Uniform) or (odd and isinstance(value, Integers))):
        advice = "Choice((3, 5, 7))" if odd else "Integers(60, 100)"
        raise InputError(f"{name} is {value!r}; {expected}. To draw it, use the form {advice}.")
    if not isinstance(value, Drawn):
        value = real(value, name, expected)
    listed = value.values if isinstance(value, Choice) else _ends(value)
    for number in listed:
        if not low <= number <= high or ((whole or odd) and number % 1) or (odd and number % 2 != 1):
            raise InputError(f"{name} is {given!r}; {expected}. Change the {number:g}.")
    if (whole or odd) and isinstance(value, float):
        value = int(value)
    object.__setattr__(record, field, value)


def settle_name(record: Any, field: str, names: tuple[str, ...]) -> None:
    """Check that a field holds one of `names`.

    Raises:
        InputError: with the nearest of them.
    """
    value = getattr(record, field)
    if value not in names:
        raise InputError(f"{type(record).__name__}.{field} is {value!r}. {nearest(str(value), names)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that helps whoever mistyped a name."""
    known = tuple(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(known)}."


def real(value: Any, name: str, expected: str = "expected a number") -> float:
    """`value` as a float.

    Raises:
        InputError: True, False, NaN, an infinite value, or anything that is not a number.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise InputError(f"{name} is {value!r}; {expected}. Give a finite number.")
    return float(value)


def whole(value: Any, name: str) -> int:
    """`value` as an int.

    Raises:
        InputError: anything that is not a whole number.
    """
    number = real(value, name, "expected a whole number")
    if number % 1:
        raise InputError(f"{name} is {value!r}; expected a whole number. Round it.")
    return int(number)


def _ends(value: float | Uniform | Integers) -> tuple[float, ...]:
    return (value,) if isinstance(value, float) else (value.low, value.high)


def _put_ends_in_order(record: Uniform | Integers, low: float, high: float) -> None:
    if low > high:
        raise InputError(f"{type(record).__name__} goes from {low:g} to {high:g}; expected low <= high. Swap them.")
    object.__setattr__(record, "low", low)
    object.__setattr__(record, "high", high)
