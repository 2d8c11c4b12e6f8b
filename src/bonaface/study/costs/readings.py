"""Readings of every truth and every output of a study, taken once for each picture and kept in its store.

A reading's key is a hash of the picture's content, where the face is in it, and the readers' weights: what a store has
is not read again, and other weights give other readings. Processes read; a kill costs the pictures in hand.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.faces.cards import CARDS
from bonaface.graphs.bundled import ATTRIBUTES, EXPRESSION, PARSER
from bonaface.graphs.engines import processors
from bonaface.io.weights import known_sha256
from bonaface.measure.identity import EMBEDDER
from bonaface.restore import RESTORERS
from bonaface.study.costs import looking
from bonaface.study.costs.looking import HARMLESS, Look, Row, Sitting
from bonaface.study.costs.reading_hands import read_by
from bonaface.study.costs.seen import Seen
from bonaface.study.engine import tables
from bonaface.study.engine.owner import owned
from bonaface.study.engine.run import FLUSH, Progress
from bonaface.study.engine.store import Store
from bonaface.study.plan.cells import digest, versions
from bonaface.study.plan.contenders import PHOTOGRAPH, UNEDITED, compared_with

TABLE = "readings"
READERS = (EMBEDDER, ATTRIBUTES, EXPRESSION, PARSER)
"""Cards of what reads."""
TERMS = (*READERS, *CARDS)
"""Cards of all weights behind a reading: the truth's landmarks are of the study."""
_SITTING = 8
"""Pictures that a worker reads at a stretch."""

Place = tuple[str, str, int | None]
"""A face in a study: its name, framing and side."""


@dataclass(frozen=True, slots=True)
class Todo:
    """What is to be read.

    Attributes:
        sittings: what is missing.
        pictures: how many a study has, harmless variants of truths included.
        missing: how many of them are missing.
        notes: what is left out, and why.
    """

    sittings: tuple[Sitting, ...]
    pictures: int
    missing: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A picture of the study, and the key of its reading."""

    face: dict[str, Any]
    cell: dict[str, Any] | None
    look: Look


def readers() -> Mapping[str, str]:
    """What a reading depends on beside pictures: SHA-256 of weights by file name, and versions."""
    return {card.name: known_sha256(card) for card in READERS} | versions("onnxruntime") | {
        "looking": str(looking.STEPS)
    }  # fmt: skip


def todo(store: Store) -> Todo:
    """What is missing.

    Raises:
        WeightsError: a reader's weights are not here.
    """
    wanted, notes = _wanted(store)
    there = {row["key"] for row in store.rows(TABLE, ("key", "status")) if row["status"] != "failed"}
    by_key = {one.look.key: one for one in wanted}  # the same picture of the same face counts once
    missing = [one for key, one in by_key.items() if key not in there]
    sittings = list[Sitting]()
    for (truth, landmarks), held in groupby(missing, key=lambda one: (one.face["truth"], one.face["landmarks"])):
        looks = [one.look for one in held]
        sittings += [Sitting(truth, landmarks, tuple(looks[i : i + _SITTING])) for i in range(0, len(looks), _SITTING)]
    return Todo(tuple(sittings), len(by_key), len(missing), tuple(notes))


def run(store: Store, workers: int | None = None) -> Iterator[Todo | Progress]:
    """Read what is missing.

    Args:
        store: of the study.
        workers: processes; None: one for each processor.

    Yields:
        First what there is to do, then how far it is, in pictures.

    Raises:
        InputError: the store is in use, or cannot be written to.
        BonafaceError: a worker died.
        WeightsError: a reader's weights are not here.
    """
    with owned(store):
        store.sweep()
        work = todo(store)
        yield work
        rows, done, failed, since = list[Row](), 0, 0, time.monotonic()
        try:
            for answer in read_by(work.sittings, store, workers or processors()):
                rows += answer
                done += len(answer)
                failed += sum(row["status"] == "failed" for row in answer)
                if time.monotonic() - since > FLUSH:
                    store.add(TABLE, rows)
                    store.push()
                    rows, since = [], time.monotonic()
                yield Progress(done, work.missing, failed)
        finally:
            store.add(TABLE, rows)
            store.push()
        store.tidy()


def seen(store: Store) -> tuple[dict[tuple[str, int | None], list[Seen]], list[str]]:
    """What was read, by framing and side of the truths, and what is left out.

    Returns:
        Readings in order of faces, and a sentence for each reason to leave pictures out.
    """
    wanted, notes = _wanted(store)
    held = {row["key"]: row for row in store.rows(TABLE)}
    out: dict[tuple[str, int | None], list[Seen]] = {}
    reasons: dict[str, int] = {}
    for one in wanted:
        row = held.get(one.look.key, {"status": "failed", "why": "not read yet"})
        if row["status"] == "ok":
            place = (one.face["framing"], one.face["side"])
            out.setdefault(place, []).append(_seen(one, row))
        else:
            reasons[row["why"]] = reasons.get(row["why"], 0) + 1
    return out, notes + [f"{_counted(count, 'picture')} left out: {why}." for why, count in sorted(reasons.items())]


def _seen(one: _Wanted, row: Row) -> Seen:
    cell = one.cell or {"degradation": "", "restorer": "", "restorer_id": "", "target": "", "seed": 0}
    name = cell["restorer_id"]
    return Seen(
        face=one.face["face"],
        person=one.face["person"],
        degradation=cell["degradation"],
        restorer=cell["restorer"],
        seed=cell["seed"],
        variant=one.look.variant,
        embedding=_vector(row["embedding"]),
        attributes=_vector(row["attributes"]),
        expression=_vector(row["expression"]),
        skin=row["skin"],
        groups={k.removeprefix("group_"): v for k, v in one.face.items() if k.startswith("group_") and v is not None},
        invents=name not in (UNEDITED, PHOTOGRAPH) and (name not in RESTORERS or RESTORERS[name].generative),
        target=cell["target"],
        control=compared_with(name, cell["target"]) if one.cell else "",
    )


def _vector(text: str) -> NDArray[np.float64]:
    return np.array(json.loads(text), np.float64)


def _wanted(store: Store) -> tuple[list[_Wanted], list[str]]:
    """Every picture of a study that can be read, faces in order, each truth before its outputs."""
    cells: dict[Place, list[dict[str, Any]]] = {}
    for made in tables.rows_of(store, "cells"):
        if made["status"] == "ok":
            cells.setdefault((made["face"], made["framing"], made["side"]), []).append(made)
    known, out, faceless, gone = digest(dict(readers())), list[_Wanted](), 0, 0
    for face in tables.rows_of(store, "faces"):
        if face["status"] != "ok":
            continue
        if face["landmarks"] is None:
            faceless += 1
            continue
        truth, landmarks = face["truth"], face["landmarks"]
        place = (face["face"], face["framing"], face["side"])
        looked: list[tuple[dict[str, Any] | None, str, str, str]] = [
            *((None, truth, "", variant) for variant in ("", *HARMLESS)),
            *((cell, cell["output"], cell["to_output"] or "", "") for cell in cells.get(place, ())),
        ]
        for cell, picture, to_output, variant in looked:
            if not store.has(picture):
                gone += 1
                continue
            key = digest([picture, truth, landmarks, to_output, variant, known])
            out.append(_Wanted(face, cell, Look(key, picture, to_output, variant)))
    notes = [f"{_counted(faceless, 'truth')} left out: no face was found there."] if faceless else []
    if gone:
        notes.append(
            f"{_counted(gone, 'picture')} left out: not in the store any more; `bonaface study run` makes them again."
        )
    return out, notes


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
