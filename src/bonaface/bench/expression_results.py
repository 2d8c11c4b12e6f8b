"""The rows of `bonaface bench expression`: whether editors differ, and how everything is written down."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

from bonaface.api.editors import files_record
from bonaface.bench.expression_numbers import BESIDE, CONVENTIONS, INPUT, MEASURED, REAL, TABLE_I, Row
from bonaface.bench.people import MAPPINGS, SIDE, People
from bonaface.edit import Editor
from bonaface.io.provenance import describe_machine_free_versions
from bonaface.io.weights import known_sha256, models_folder
from bonaface.measure.protocols.reggan import REGGAN
from bonaface.study.numbers.intervals import CONVENTION as INTERVALS
from bonaface.study.numbers.statistics import Paired, holm, paired


@dataclass(frozen=True, slots=True)
class Difference:
    """One editor less another, on the same people.

    Attributes:
        target: the expression.
        first: an editor.
        second: another.
        number: what is compared.
        paired: the difference.
        p: of the paired t test, Holm-corrected over all numbers and pairs of editors of this expression; None: none.
    """

    target: str
    first: str
    second: str
    number: str
    paired: Paired
    p: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        about = {"target": self.target, "first": self.first, "second": self.second, "number": self.number}
        difference = self.paired.difference.as_dict()
        return {**about, **difference, "effect": self.paired.effect, "p": self.paired.p, "p-holm": self.p}


def differences(rows: Sequence[Row]) -> list[Difference]:
    """Every two editors of each expression, each less the one above it in the table."""
    out = []
    for target in dict.fromkeys(row.target for row in rows):
        editors = [row for row in rows if row.target == target and row.who not in (INPUT, REAL)]
        compared = [
            (second, first, name, paired(_values(second, name), _values(first, name)))
            for first, second in combinations(editors, 2)
            for name in (*TABLE_I, *BESIDE)
            if name in first.values and name in second.values
        ]
        corrected = holm([1.0 if pair.p is None else pair.p for *_, pair in compared])
        out += [
            Difference(target, first.who, second.who, name, pair, None if pair.p is None else p)
            for (first, second, name, pair), p in zip(compared, corrected, strict=True)
        ]
    return out


def document(
    rows: Sequence[Row], editors: Sequence[Editor], left_out: Mapping[str, str], people: Sequence[People], seed: int
) -> dict[str, Any]:
    """Everything that is needed to read the rows and to make them again, for JSON.

    Args:
        rows: of all expressions.
        editors: that were measured.
        left_out: by editor, why it was not measured.
        people: of each expression.
        seed: of random editors.
    """
    return {
        "command": "bonaface bench expression",
        "versions": describe_machine_free_versions(),
        "conventions": {**CONVENTIONS, "interval": INTERVALS},
        "seed": seed,
        "faces": {
            "set": "Face Research Lab London Set (DeBruine & Jones, doi:10.6084/m9.figshare.5047666.v5, CC BY 4.0), "
            f"people whom no editor of this project learnt from; FFHQ crops of {SIDE} px",
            "people": {
                each.target: {
                    "given, real": MAPPINGS[each.target],
                    "measured": [person.name for person in each.all],
                    "left out": [asdict(one) for one in each.skipped],
                }
                for each in people
            },
        },
        "editors": [{"id": card.id, "licence": card.licence, **files_record(card, {})} for card in editors],
        "not measured": _all_plain(left_out),
        "tools": _tools(rows),
        "rows": [_as_dict(row) for row in rows],
        "differences": [each.as_dict() for each in differences(rows)],
        "published": {
            "source": REGGAN.source.text,
            "inputs": REGGAN.inputs,
            "traps": list(REGGAN.traps),
            "rows": [{"who": row.who, **row.values} for row in REGGAN.rows],
        },
    }


def as_csv(rows: Sequence[Row]) -> str:
    """One line a row and number; without a value, why."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["target", "who", "number", "value", "low", "high", "n", "people", "why"])
    for row in rows:
        for name, one in row.numbers.items():
            values = ["" if value is None else f"{value:.6g}" for value in (one.value, one.low, one.high)]
            table.writerow([row.target, row.who, name, *values, one.n, one.people, _plain(one.why)])
    return text.getvalue()


def _as_dict(row: Row) -> dict[str, Any]:
    return {
        "target": row.target,
        "who": row.who,
        "n": row.n,
        **{name: replace(one, why=_plain(one.why)).as_dict() for name, one in row.numbers.items()},
        "values": row.values,
        "without": {name: _all_plain(whys) for name, whys in row.without.items()},
        "failed": _all_plain(row.failed),
    }


def _plain(why: str) -> str:
    """A reason without the name of a folder of this machine."""
    return why.replace(str(models_folder()), "the folder of models")


def _all_plain(whys: Mapping[str, str]) -> dict[str, str]:
    return {name: _plain(why) for name, why in whys.items()}


def _tools(rows: Sequence[Row]) -> list[dict[str, str]]:
    """The weights of what looked at the pictures: of the measures that gave a number."""
    used = [each for each in MEASURED if any(row.numbers[each.id].value is not None for row in rows)]
    cards = dict.fromkeys(card for each in used for card in each.weights)
    return [{"name": card.name, "sha256": known_sha256(card), "licence": card.licence} for card in cards]


def _values(row: Row, name: str) -> dict[tuple[str, str], float]:
    """By person and picture: each has one."""
    return {(person, ""): value for person, value in row.values[name].items()}
