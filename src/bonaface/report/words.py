"""Numbers and words for readers: rounding for files, and scores as text for a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bonaface.core.results import Aspect, Score, Status, Verdict

DIGITS = 6
"""Significant digits of the numbers in files."""
NOTHING = "–"
"""Shown where there is no number."""

SIGNS: Mapping[Verdict, str] = {
    Verdict.INVENTED: "+",
    Verdict.LOST: "−",
    Verdict.ALTERED: "≠",
    Verdict.KEPT: "✓",
    Verdict.UNDECIDABLE: "?",
}
"""A sign beside the word, so that colour is never the only mark."""
MEANINGS: Mapping[Verdict, str] = {
    Verdict.INVENTED: "the output shows detail that the real photograph does not support",
    Verdict.LOST: "detail of the real photograph is missing in the output",
    Verdict.ALTERED: "detail is both missing and made up, or a feature has moved or changed colour",
    Verdict.KEPT: "the output agrees with the real photograph as well as a harmless copy of it does",
    Verdict.UNDECIDABLE: "no verdict: too few pixels, no number, or harmless copies differ as much",
}
ASPECTS: Mapping[Aspect, str] = {
    Aspect.TEXTURE: "Texture",
    Aspect.KEYPOINTS: "Keypoints",
    Aspect.GEOMETRY: "Geometry",
    Aspect.COLOUR: "Colour",
    Aspect.IDENTITY: "Embedding",
    Aspect.ASYMMETRY: "Asymmetry",
    Aspect.ATTRIBUTES: "Attribute",
    Aspect.EXPRESSION: "Expression",
}


def significant(value: float) -> float:
    """Rounded to six significant digits.

    >>> significant(28.955398170160112)
    28.9554
    """
    return float(f"{value:.{DIGITS}g}")


def rounded(value: Any) -> Any:
    """The same mapping, sequence or number, with every float rounded by `significant`."""
    if isinstance(value, Mapping):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return significant(value) if isinstance(value, float) else value


def shown(score: Score | None) -> str:
    """A score with its unit; a dash where there is none.

    >>> shown(Score(0.4123, "share"))
    '41%'
    """
    if score is None:
        return NOTHING
    if score.value is None:
        return "failed" if score.status is Status.FAILED else "n/a"
    return number(score.value, score.unit)


def number(value: float, unit: str = "") -> str:
    """A value with its unit.

    >>> number(28.9554, "dB"), number(0.8921)
    ('28.96 dB', '0.892')
    """
    if math.isinf(value):
        return ("∞ " if value > 0 else "−∞ ") + unit if unit != "share" else "∞"
    if unit in ("share", "probability"):
        return percent(value)
    if unit in ("points", "px²"):
        return f"{value:.0f}"
    if unit == "ΔE00":
        return f"{_minus(value, 1)} ΔE"
    if unit == "°":
        return f"{_minus(value, 1)}°"
    if unit == "% IOD":
        return f"{_minus(value, 2)}%"
    if unit.startswith("%"):
        return f"{_minus(value, 1)}%"
    if unit == "dB":
        return f"{_minus(value, 2)} dB"
    if unit == "x":
        return f"{_minus(value, 2)}×"
    if unit:
        return f"{_minus(value, 1)} {unit}"
    return _minus(value, 3)


def percent(share: float) -> str:
    """A share as a percentage, with a decimal where it is small."""
    value = 100 * share
    return f"{value:.0f}%" if value >= 9.95 or value == 0 else f"{value:.1f}%"


def _minus(value: float, places: int) -> str:
    """With the typographic minus, and never minus zero."""
    text = f"{value:.{places}f}"
    return text.replace("-", "−") if float(text) < 0 else text.removeprefix("-")
