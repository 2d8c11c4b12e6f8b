"""What models cost whoever reads the faces, and which way attributes drift: in words, then as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bonaface.report.study.against import TRUTH, UNTOUCHED, model_of, models_of, short, told_from
from bonaface.report.study.directions import ALL, IS_CONTROL, Links, attributes, groups, link, moves, named
from bonaface.report.study.given import Row, Summed, counted, interval, ordered
from bonaface.report.words import NOTHING, percent

QUANTITIES: Mapping[str, tuple[str, bool, str]] = {
    "genuine": ("Likeness to its own original", False, "cosine of the embeddings of an output and its own original"),
    "genuine-other": ("To others of the same person", False, "mean cosine to the person's other originals"),
    "impostor": ("To other people", False, "mean cosine to all originals of other people; lower is better"),
    "rank-1": ("Nearest is the person", True, "share whose nearest original, its own included, shows the same person"),
    "rank-1-other": ("The same without its own", True, "share whose nearest other original shows the same person"),
    "expression-kept": ("Expression as in the original", True, "share whose expression is read as the original's"),
    "expression-right": ("Expression as labelled", True, "share whose expression is read as the faces' list has it"),
    "expression-asked": ("Expression asked for", True, "share whose expression is read as the one that was asked for"),
    "expression-balanced": ("The same, mean over labels", True, "the same, each label counting alike"),
}  # fmt: skip
"""By id: heading, whether it is a share, and what it is."""
SAID = (
    ("genuine", "outputs resemble their own originals by a cosine of {}"),
    ("rank-1-other", "of {} the nearest other original shows the same person"),
    ("rank-1", "of {} the nearest original shows the same person"),
    ("expression-right", "on {} the expression is read as labelled"),
    ("expression-kept", "on {} the expression is read as in the original"),
    ("expression-asked", "on {} the expression is read as the one that was asked for"),
)
"""What is said in words, the likeness and one of each kind."""
FLOOR = 0.05
"""Of tests: below it two numbers are told apart."""


class Costs(Protocol):
    """What was worked out; `bonaface.study.costs.tables.Costs` is one, and says what is in it."""

    @property
    def rows(self) -> Mapping[str, Sequence[Row]]: ...  # noqa: D102 - said there
    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102


def costs(found: Costs | None, study: Summed, links: Links) -> dict[str, Any] | None:
    """A block for each framing in which the faces were studied; None: it was not worked out.

    Args:
        found: from `bonaface.study.costs.tables.kept`.
        study: tells which restorers and editors paint.
        links: to the pictures behind the numbers.
    """
    if found is None or not found.rows["downstream"]:
        return None
    rows = found.rows["downstream"]
    framings = list(dict.fromkeys((row["framing"], row["side"]) for row in rows))
    return {
        "notes": found.notes,
        "model": model_of(rows),
        "models": models_of(rows),
        "told_from": told_from(rows),
        "beside": _beside(rows),
        "blocks": [
            {"framing": _framing(*each) if len(framings) > 1 else "", **_block(_here(found.rows, each), study, links)}
            for each in framings
        ],
        "about": [(heading, about) for name, (heading, _, about) in QUANTITIES.items()
                  if any(row["quantity"] == name for row in rows)],
    }  # fmt: skip


def _beside(rows: Sequence[Row]) -> str:
    """What an attribute has to move farther than, to be called moved."""
    edits = {bool(row["target"]) for row in rows if row["restorer"] != TRUTH}
    named = {False: "with every restorer that paints nothing", True: f"in {UNTOUCHED}"}
    return " or ".join(text + (" (editors)" if kind and len(edits) == 2 else "") for kind, text in named.items()
                       if kind in edits)  # fmt: skip


def _here(rows: Mapping[str, Sequence[Row]], framing: tuple[Any, Any]) -> dict[str, list[Row]]:
    return {name: [row for row in held if (row["framing"], row["side"]) == framing] for name, held in rows.items()}


def _framing(framing: str, side: float | None) -> str:
    return f"Faces framed {framing}" + (f", {side:g} px" if side else "")


def _block(rows: Mapping[str, list[Row]], study: Summed, links: Links) -> dict[str, Any]:
    downstream, direction = rows["downstream"], rows["direction"]
    damages = list(dict.fromkeys(row["degradation"] for row in downstream if row["degradation"]))
    pooled = ALL if ALL in damages else damages[0] if damages else ""
    restorers = ordered({row["restorer"] for row in downstream} - {TRUTH}, study.generative)
    there = [name for name in QUANTITIES if any(row["quantity"] == name for row in downstream)]
    held = {(row["degradation"], row["restorer"], row["quantity"]): row for row in downstream}
    over = [row for row in direction if not row["group"] and row["degradation"] == pooled]
    wanted = {row["control"] for row in downstream}
    # Controls are the measure of others; a real photograph of an expression is one of nobody.
    said = {
        row["restorer"] for row in downstream if row["control"] or (row["target"] and row["restorer"] not in wanted)
    }
    return {
        "pooled": pooled,
        "said": [_said(name, held, pooled, over, rows["named-directions"]) for name in restorers if name in said],
        "headings": [QUANTITIES[name][0] for name in there],
        "rows": [
            _line("the originals themselves", [held.get(("", TRUTH, name)) for name in there], links),
            *(_line(name, [held.get((pooled, name, each)) for each in there], links) for name in restorers),
        ],
        "chance": _chance(downstream, there, pooled),
        "by_damage": [
            {"label": QUANTITIES[name][0], "restorers": restorers,
             "rows": [_line(damage, [held.get((damage, each, name)) for each in restorers], links)
                      for damage in damages if damage != ALL]}
            for name in there
        ] if pooled == ALL else [],
        "named": named(rows["named-directions"], over, pooled, restorers),
        "attributes": attributes(over, restorers, links),
        "groups": groups(direction, study),
    }  # fmt: skip


def _said(
    restorer: str, held: Mapping[tuple[str, str, str], Row], pooled: str, over: Sequence[Row], verdicts: Sequence[Row]
) -> dict[str, Any]:
    """What is to be said of one restorer, in sentences."""
    out, kinds = list[str](), set[str]()
    for name, text in SAID:
        row, kind = held.get((pooled, restorer, name)), name.split("-")[0]
        if row is None or row["value"] is None or kind in kinds:
            continue
        kinds.add(kind)
        beside = held.get((pooled, row["control"], name))
        against = "" if beside is None or beside["value"] is None else f"; {short(row['control'])} {_number(beside)}"
        told = "" if not against else ", told apart" if _told(row) else ", not told apart"
        out.append(text.format(f"{_number(row)} (95% interval {_span(row)}{against}{told})"))
    sentences = [_sentence("; ".join(out))] if out else []
    mine = [row for row in over if row["restorer"] == restorer]
    if any(row["verdict"] == IS_CONTROL for row in mine):
        sentences.append(
            "It is a real photograph: what the expression moves is in it, and what else differs between two pictures."
            if mine[0]["target"]
            else "It paints nothing: where attributes move with it, the damage and the reader move them."
        )
    elif mine:
        sentences.append(moves(mine))
        yes = [row["direction"] for row in verdicts
               if row["restorer"] == restorer and row["degradation"] == pooled and not row["group"]
               and row["verdict"] == "yes"]  # fmt: skip
        sentences.append(f"Taken together: {', '.join(yes)}." if yes else "")
    return {"restorer": restorer, "text": " ".join(filter(None, sentences))}


def _line(name: str, rows: Sequence[Row | None], links: Links) -> dict[str, Any]:
    return {"name": name, "cells": [_cell(row, links) for row in rows]}


def _cell(row: Row | None, links: Links) -> dict[str, Any] | None:
    if row is None or row["value"] is None:
        return None
    return {
        "value": _number(row), "v": row["value"], "interval": _span(row),
        "n": f"n {row['n']:g}, {counted(int(row['people']), 'person', 'people')}", "link": link(row, links),
        "told": f"told from {short(row['control'])}" if _told(row) else "",
    }  # fmt: skip


def _chance(rows: Sequence[Row], names: Sequence[str], pooled: str) -> list[str]:
    """What guessing would reach, by quantity; empty: nothing can be guessed."""
    held = {
        row["quantity"]: row["chance"] for row in rows if row["degradation"] == pooled and row["chance"] is not None
    }
    return [percent(held[name]) if name in held else NOTHING for name in names] if held else []


def _told(row: Row) -> bool:
    return row["p_holm"] is not None and row["p_holm"] < FLOOR


def _number(row: Row) -> str:
    value = row["value"]
    return percent(value) if QUANTITIES[row["quantity"]][1] else f"{value:.2f}"


def _span(row: Row) -> str:
    if row["low"] is None or row["high"] is None:
        return "no interval"
    if QUANTITIES[row["quantity"]][1]:
        return interval(row, "share")
    return f"{row['low']:.2f} to {row['high']:.2f}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
