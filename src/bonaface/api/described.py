"""The part of an audit that compares what a describer says of truth and output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bonaface.api.describing import Asker, embedder, splitter
from bonaface.core.descriptions import LABELS, Given, Price, usage
from bonaface.core.images import Picture
from bonaface.core.results import Ledger
from bonaface.io.describers import sent
from bonaface.measure.description import MINILM, compare

AROUND = 2.2
"""Side of the square that is sent, in sides of the face's box: hair and ears belong to a description."""
NEARLY_ALL = 0.85
"""A square that takes as much of a picture's width and height is not worth cutting out."""
SEEDS = "none, but for the descriptions: a describer words them anew each time"
Window = tuple[int, int, int, int]


def add_descriptions(ledger: Ledger, asker: Asker, repeats: int | None = None, price: Price | None = None) -> Ledger:
    """A ledger with the descriptions of truth and output compared.

    Sent are the square around the audited face, and the same part of the output, in their own pixels.

    Args:
        ledger: of an audit with a truth.
        asker: asks the describer.
        repeats: how often each picture is described; by default as often as the describer says.
        price: for the cost.

    Raises:
        DescriberRefused: nothing can be described at all.
    """
    pictures = ledger.arrays["pictures"]
    given = {
        role: asker.ask_all(picture, repeats)
        for role, picture in (
            ("truth", sent(pictures["truth"], _truth_window(ledger, pictures["truth"]))),
            ("output", sent(pictures["output"], _output_window(ledger, pictures["output"], pictures["truth"]))),
        )
    }
    found = describe_pair(given, asker, price)
    told = f"The descriptions were written by {found['describer']['model'] or 'the describer'}, which may be wrong."
    provenance = {
        **ledger.provenance,
        "seeds": SEEDS,
        "stages": {**ledger.provenance["stages"], "descriptions": "text that a vision-language model wrote"},
    }
    return replace(ledger, descriptions=found, notes=(*ledger.notes, told), provenance=provenance)


def describe_pair(given: dict[str, list[Given]], asker: Asker, price: Price | None) -> dict[str, Any]:
    """The ledger's field `descriptions`, from what was given of "truth" and "output"."""
    split, words_by = splitter()
    sections = {
        role: [each.description.sections for each in tries if each.description] for role, tries in given.items()
    }
    compared = compare(sections["truth"], sections["output"], embedder(), split)
    answers = [each.answer for tries in given.values() for each in tries if each.answer is not None]
    settings = asker.describer.settings
    return {
        "describer": {**settings.as_dict(), "versions": sorted({each.version for each in answers if each.version})},
        "described": {role: len(texts) for role, texts in sections.items()},
        **compared.as_dict(),
        "embedding": MINILM.name.removesuffix(".safetensors"),
        "words_by": words_by,
        "missing": {role: _missing(tries) for role, tries in given.items()},
        "failures": [
            f"{role}, answer {each.repeat}: {each.why}" for role, tries in given.items() for each in tries if each.why
        ],
        "usage": usage(answers, price).as_dict(),
    }


def _missing(tries: Sequence[Given]) -> dict[str, int]:
    """How many of the descriptions lack each section, by its label; those that none lacks are left out."""
    had = [each.description for each in tries if each.description]
    counted = {LABELS[number]: sum(number in each.missing for each in had) for number in LABELS}
    return {label: count for label, count in counted.items() if count}


def _truth_window(ledger: Ledger, truth: Picture) -> Window | None:
    x0, y0, x1, y1 = ledger.faces["truth"]["box"]
    half = AROUND * max(x1 - x0, y1 - y0) / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return _inside((x - half, y - half, x + half, y + half), truth)


def _output_window(ledger: Ledger, output: Picture, truth: Picture) -> Window | None:
    """The truth's window in the output's pixels."""
    window = _truth_window(ledger, truth)
    if window is None:
        window = (0, 0, truth.pixels.shape[1], truth.pixels.shape[0])
    matrix = np.asarray(ledger.framing["output"]["matrix"], float)
    corners = np.array([[window[i], window[j]] for i in (0, 2) for j in (1, 3)], float)
    there = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    return _inside((*there.min(axis=0), *there.max(axis=0)), output)


def _inside(window: tuple[float, ...], picture: Picture) -> Window | None:
    """In whole pixels within the picture; None where it is nearly all of it, or nothing."""
    height, width = picture.pixels.shape[:2]
    x0, y0 = max(0, int(np.floor(window[0]))), max(0, int(np.floor(window[1])))
    x1, y1 = min(width, int(np.ceil(window[2]))), min(height, int(np.ceil(window[3])))
    nearly = x1 - x0 >= NEARLY_ALL * width and y1 - y0 >= NEARLY_ALL * height
    return None if nearly or x1 - x0 < 8 or y1 - y0 < 8 else (x0, y0, x1, y1)
