"""Who is compared in the tables of downstream costs, and with what, in words: of the page and of the command line.

Rows are those of `bonaface.study.costs`: `target` is empty for restorers, `control` names what an output is compared
with.
"""

from __future__ import annotations

from collections.abc import Sequence

from bonaface.report.study.given import Row

TRUTH = "truth"
"""Where a restorer would stand, as in the study's table."""
UNTOUCHED = "the picture that is not edited"


def model_of(rows: Sequence[Row]) -> str:
    """What one of them is called.

    >>> model_of([{"restorer": "truth", "target": ""}, {"restorer": "ridge: happy", "target": "happy"}])
    'editor'
    """
    return " or ".join(_kinds(rows)) or "restorer"


def models_of(rows: Sequence[Row]) -> str:
    """What they are called together."""
    return " and ".join(f"{kind}s" for kind in _kinds(rows)) or "restorers"


def told_from(rows: Sequence[Row]) -> str:
    """What they are told apart from; empty: the study has nothing of that kind.

    >>> told_from([{"restorer": "bicubic", "control": "", "target": ""},
    ...            {"restorer": "lanczos", "control": "bicubic", "target": ""}])
    'bicubic'
    """
    there = {row["restorer"] for row in rows}
    found = {bool(row["target"]): row["control"] for row in rows if row["control"] in there}
    if len(found) == 2:
        return f"{found[False]} (restorers) or {UNTOUCHED} (editors)"
    return UNTOUCHED if True in found else found.get(False, "")


def farther(row: Row) -> str:
    """What an attribute has to exceed; of a row of the table of directions."""
    beside = UNTOUCHED if row["target"] else "interpolation"
    return f"farther than {beside} and beyond the reader's floor" if row["control"] else "beyond the reader's floor"


def short(control: str) -> str:
    """A control, where its expression stands beside.

    >>> short("not edited: happy"), short("bicubic")
    ('not edited', 'bicubic')
    """
    return control.partition(":")[0]


def _kinds(rows: Sequence[Row]) -> list[str]:
    targets = {bool(row["target"]) for row in rows if row["restorer"] != TRUTH}
    return [kind for kind, edits in (("restorer", False), ("editor", True)) if edits in targets]
