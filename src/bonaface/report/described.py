"""What a describer wrote of both pictures, as rows for a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath
from typing import Any
from urllib.parse import urlsplit

from bonaface.core.results import Score, Status

SHOWN = ("describer", "described", "embedding", "words_by", "failures", "notes", "usage")
"""Fields that the page shows as they are."""
LEFT_OUT = "(left out)"


def described(held: Mapping[str, Any]) -> dict[str, Any] | None:
    """A ledger's field `descriptions` for the page; None where no describer was asked."""
    if not held:
        return None
    rows = [_row(section) for section in held["sections"]]
    return {
        **{name: held[name] for name in SHOWN},
        **_scores(held),
        "shown": [row for row in rows if row["below"] is not False],  # without a floor, all of them
        "folded": [row for row in rows if row["below"] is False],
        "below_titles": [row["title"] for row in rows if row["below"]],
        "missing": {role: ", ".join(missing) for role, missing in held["missing"].items() if missing},
    }


def _row(section: Mapping[str, Any]) -> dict[str, Any]:
    words = {change: [*section[change]["adjectives"], *section[change]["nouns"]] for change in ("added", "removed")}
    return {**{name: section[name] for name in ("title", "truth", "output")}, **_scores(section), **words}


def _scores(held: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: _score(held[name]) for name in ("cosine", "usual", "floor")}, "below": held["below_floor"]}


def _score(held: Mapping[str, Any]) -> Score:
    return Score(held["value"], "", Status(held["status"]), held.get("why", ""))


def redacted(held: Mapping[str, Any]) -> dict[str, Any]:
    """A ledger's field `descriptions` without what says where it was made: the address, and folders of models."""
    if not held:
        return {}
    about, failures = placeless(held["describer"], held["failures"])
    return {**held, "describer": {**held["describer"], **about}, "failures": failures}


def placeless(about: Mapping[str, Any], texts: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Model and endpoint of a describer without its address and its folder, and texts without them.

    Args:
        about: has "describer", "model" and "endpoint".
        texts: that may name them.
    """
    endpoint, folder = str(about["endpoint"]), str(about["model"]) if about["describer"] == "local" else ""
    model = PureWindowsPath(folder).name if folder else about["model"]
    out = list(texts)
    for place in (endpoint, urlsplit(endpoint).netloc, folder):
        out = [text.replace(place, "the describer") if place else text for text in out]
    return {"model": model, "endpoint": LEFT_OUT if endpoint else ""}, out
