"""Directions with a name: younger, lighter skin, straighter hair, more make-up; from the verdicts on their parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bonaface.study.costs.direction import FEW, IS_CONTROL, LESS, MORE, Change
from bonaface.study.costs.shifts import LIGHTNESS

NAMED: Mapping[str, tuple[Mapping[str, int], bool]] = {
    "younger": ({"Young": 1}, True),
    "lighter skin": ({"Pale_Skin": 1, LIGHTNESS: 1}, True),
    "straighter hair": ({"Straight_Hair": 1, "Wavy_Hair": -1}, True),
    "more make-up": ({"Heavy_Makeup": 1, "Wearing_Lipstick": 1}, False),
}
"""Directions: their parts with the sign that each has to have; whether all of them must agree, or one is enough that no
other contradicts."""


def named(found: Iterable[Change]) -> Iterator[dict[str, Any]]:
    """Rows of `NAMED`: what the verdicts on their parts come to.

    Args:
        found: changes of all quantities, in any order.

    Yields:
        For each group, damage, restorer and direction the verdict: "yes", "the opposite", "in part" (some parts say so,
        not enough of them), "no", or why there is none; and the parts' shifts.
    """
    by_place: dict[tuple[tuple[str, str], str, str], dict[str, Change]] = {}
    for one in found:
        by_place.setdefault((one.group, one.degradation, one.restorer), {})[one.quantity] = one
    for (group, degradation, restorer), held in by_place.items():
        for name, (parts, every) in NAMED.items():
            yield {
                "group": group[0], "group_value": group[1], "degradation": degradation, "restorer": restorer,
                "direction": name, "verdict": _named(held, parts, every=every),
                "parts": "; ".join(f"{part} {held[part].shift.value or 0:+.3g}" for part in parts if part in held),
                "people": max((held[part].shift.people for part in parts if part in held), default=0),
            }  # fmt: skip


def _named(held: Mapping[str, Change], parts: Mapping[str, int], *, every: bool) -> str:
    verdicts = [held[part].verdict for part in parts if part in held]
    signs = [sign * {MORE: 1, LESS: -1}.get(held[part].verdict, 0) for part, sign in parts.items() if part in held]
    if IS_CONTROL in verdicts:
        return IS_CONTROL
    for answer, sign in (("yes", 1), ("the opposite", -1)):
        agree = [one == sign for one in signs]
        if signs and (all(agree) if every else any(agree) and -sign not in signs):
            return answer
    return "in part" if any(signs) else FEW if FEW in verdicts else "no"
