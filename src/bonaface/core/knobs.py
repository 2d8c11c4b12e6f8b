"""What a restorer or an editor can be told beside its pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Values:
    """What a knob can be set to.

    Attributes:
        expected: in words, for messages.
        fit: whether a value is one of them.
    """

    expected: str
    fit: Callable[[Any], bool]


def numbers(low: float, high: float) -> Values:
    """Numbers from `low` to `high`.

    >>> numbers(0, 1).fit(0.5), numbers(0, 1).fit("0.5"), numbers(0, 1).fit(float("nan"))
    (True, False, False)
    """
    return Values(
        f"a number from {low:g} to {high:g}",
        lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high,
    )


def whole(least: int) -> Values:
    """Whole numbers from `least` on."""
    return Values(
        f"a whole number, {least} or more",
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least,
    )


def one_of(*names: str) -> Values:
    """One of these words."""
    return Values(f"one of {', '.join(names)}", lambda value: value in names)


ANYTHING = Values("anything", lambda value: True)
SWITCH = Values("true or false", lambda value: isinstance(value, bool))
NAMES = Values(
    "names, in a sequence",
    lambda value: isinstance(value, (tuple, list)) and all(isinstance(name, str) and name for name in value),
)
SIZE = Values(
    "height and width in pixels, each 1 or more",
    lambda value: isinstance(value, (tuple, list)) and len(value) == 2 and all(whole(1).fit(side) for side in value),
)


@dataclass(frozen=True, slots=True)
class Knob:
    """Something that the `load` of a restorer or an editor can be told.

    Attributes:
        name: of the keyword.
        help: what it does, its range and its default.
        values: what it can be set to.
        settings: of a number, the two that lie furthest apart; None: it is no number.
    """

    name: str
    help: str
    values: Values = ANYTHING
    settings: tuple[float, float] | None = None
