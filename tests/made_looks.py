"""Readings made up for tests of what is worked out from them."""

from __future__ import annotations

import numpy as np

from bonaface.measure.attributes import NAMES
from bonaface.measure.expression import NAMES as EXPRESSIONS
from bonaface.study.costs.seen import Seen
from bonaface.study.plan.contenders import compared_with


def embedding(*angles: float) -> np.ndarray:
    """(128,): a unit vector that lies so many degrees from the first axis, towards the second, third..."""
    out = np.zeros(128)
    out[0] = 1.0
    for axis, angle in enumerate(angles, 1):
        turned = np.radians(angle)
        out *= np.cos(turned)
        out[axis] += np.sin(turned)
    return out


def look(
    face: str, person: str = "", restorer: str = "", degradation: str = "", *, at: float | np.ndarray = 0.0,
    seed: int = 0, variant: str = "", expression: str = "neutral", skin: float | None = 60.0, invents: bool = True,
    groups: dict[str, str] | None = None, model: str = "", target: str = "", **attributes: float,
) -> Seen:  # fmt: skip
    """A reading: `at` is an embedding, or degrees from the first axis; attributes that are not given are at 0.5.

    `model` is the id of what made an output, where the label `restorer` is another.
    """
    said = np.full(8, 0.0)
    said[EXPRESSIONS.index(expression)] = 1.0
    values = np.array([attributes.pop(name, 0.5) for name in NAMES])
    assert not attributes
    where = at if isinstance(at, np.ndarray) else embedding(at)
    return Seen(
        face=face, person=person or face, degradation=degradation, restorer=restorer, seed=seed, variant=variant,
        embedding=where, attributes=values, expression=said, skin=skin, groups=groups or {}, invents=invents,
        target=target, control=compared_with(model or restorer, target) if restorer else "",
    )  # fmt: skip
