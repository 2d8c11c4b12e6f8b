"""Whether files of weights are on this machine, and can be used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from bonaface.core.catalog import Weights
from bonaface.core.errors import WeightsError
from bonaface.io.fetch import Inspect, wrong_size
from bonaface.io.weights import check, expectations, locate, search


class State(StrEnum):
    """Whether files of weights can be used."""

    NONE_NEEDED = "none needed"
    BUNDLED = "bundled"
    """It came with a Python package."""
    HERE = "here"
    UNVERIFIED = "unverified"
    """It is here, and nothing says yet what it must hold: `verify` records it."""
    WRONG = "wrong content"
    ABSENT = "not here"


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One file of weights on this machine.

    Attributes:
        card: what is known of it.
        state: whether it can be used.
        path: where it is; None: nowhere.
        sha256: what it must hold, from the card or the record of its first acceptance; empty: not known.
        why: what is wrong with it; empty: nothing, or it was not read.
    """

    card: Weights
    state: State
    path: Path | None
    sha256: str
    why: str = ""


def glance(card: Weights) -> FileStatus:
    """The state of a file, without reading it."""
    place = locate(card)
    if place is None:
        return FileStatus(card, State.ABSENT, None, card.sha256)
    expected = expectations(card, place)
    if why := wrong_size(card, place):
        return FileStatus(card, State.WRONG, place, expected[0][1] if expected else "", why)
    if not expected:
        return FileStatus(card, State.UNVERIFIED, place, "")
    return FileStatus(card, State.BUNDLED if card.package else State.HERE, place, expected[0][1])


def look_at(card: Weights) -> FileStatus:
    """As `glance`, with the file read."""
    seen = glance(card)
    if seen.path is None:
        return FileStatus(card, seen.state, None, seen.sha256, "; ".join(f"{p} ({why})" for p, why in search(card)))
    if seen.state in (State.UNVERIFIED, State.WRONG):
        return seen
    try:
        check(card, seen.path)
    except WeightsError as error:
        return FileStatus(card, State.WRONG, seen.path, seen.sha256, str(error))
    return seen


def file_as_dict(file: FileStatus) -> dict[str, Any]:
    """As JSON."""
    card = file.card
    return {
        "name": card.name,
        "state": str(file.state),
        "path": str(file.path) if file.path else None,
        "sha256": file.sha256 or None,
        "pinned": card.pinned,
        "megabytes": card.megabytes or None,
        "licence": card.licence,
        "commercial": card.commercial,
        "training_data": card.training_data,
        "source": {"text": card.source.text, "link": card.source.link},
        "package": card.package or None,
        "urls": list(card.urls),
        "why": file.why or None,
    }


def inspects(card: Weights) -> Inspect | None:
    """What can tell whether a file that nothing is known of is what its name says."""
    if not card.name.endswith(".onnx"):
        return None
    from bonaface.graphs.guard import look

    return look
