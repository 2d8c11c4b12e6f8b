"""The worst outputs of a study, and their audits, made again from what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bonaface.api.auditing import Auditor, Options
from bonaface.core.errors import BonafaceError
from bonaface.core.images import Picture, to_bytes
from bonaface.core.results import Ledger
from bonaface.faces.crops import FFHQ, cut, is_crop
from bonaface.io.pictures import read_picture
from bonaface.io.provenance import sha256_array
from bonaface.study.engine.store import Store
from bonaface.study.plan.plans import AS_GIVEN

Row = dict[str, Any]


def worst(pictures: Sequence[Row], generative: Sequence[str], count: int) -> list[Row]:
    """Which outputs to look at first: of each face and restorer the worst, and then the worst of these.

    Args:
        pictures: rows of `reported.Reported.tables["pictures"]`, the worst first.
        generative: where one of these restorers is in the study, only their outputs are taken.
        count: at most so many.
    """
    done = [row for row in pictures if row["status"] == "ok" and row["harm"] is not None]
    models = [row for row in done if row["restorer"] in generative] or done
    first: dict[tuple[str, str], Row] = {}
    for row in models:
        first.setdefault((row["face"], row["restorer"]), row)
    return list(first.values())[:count]


def audits(
    store: Store, rows: Sequence[Row], faces: Sequence[Row], *, redact: bool = False
) -> Iterator[tuple[Row, Ledger | str]]:
    """Audit stored outputs against their stored truths, one at a time, in the order given.

    An output that shows a part of the face is audited against the same part of the truth, and without the damaged
    picture, as the study itself does it.

    Args:
        store: of the study.
        rows: of the table of pictures.
        faces: rows of the table of faces.
        redact: as for `bonaface.audit`.

    Yields:
        The row, and the ledger or why there is none.
    """
    known = {(row["face"], row["truth"]): row for row in faces}
    auditors = {aligned: Auditor(Options(aligned=aligned, redact=redact)) for aligned in (False, True)}
    for row in rows:
        try:
            truth = _named(store, row["truth"], f"{row['face']}.png")
            output = _named(store, row["output"], f"{row['face']} by {row['restorer']}.png")
            seen: Picture | None = _named(store, row["observed"], f"{row['face']} damaged by {row['degradation']}.png")
            aligned = _aligned(known[row["face"], row["truth"]])
            if row.get("target"):  # an edited expression: the truth is what the editor started from
                real = _named(store, row["real"], f"{row['face']}, {row['target']}.png") if row["real"] else None
                yield row, auditors[aligned].audit(output, real, neutral=truth, target=row["target"])
                continue
            if row["to_output"]:
                matrix = np.array(json.loads(row["to_output"]), np.float64)
                pixels = to_bytes(cut(truth.image(), matrix, output.pixels.shape[0]))
                truth, seen = replace(truth, pixels=pixels, sha256=sha256_array(pixels)), None
            yield row, auditors[aligned].audit(output, truth, seen)
        except (BonafaceError, OSError) as error:
            yield row, str(error)


def _named(store: Store, sha256: str, name: str) -> Picture:
    return replace(read_picture(store.picture(sha256), 1), name=name)


def _aligned(face: Mapping[str, Any]) -> bool:
    """Whether the truth is cut out as FFHQ's faces are, or nearly, as `feeding.framed` has it."""
    if face["framing"] != AS_GIVEN:
        return True
    if not face["landmarks"]:
        return False
    return is_crop(np.array(json.loads(face["landmarks"])), (int(face["height"]), int(face["width"])), FFHQ)
