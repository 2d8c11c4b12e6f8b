"""Writing the report on a study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bonaface import __version__
from bonaface.core.results import Ledger
from bonaface.io.store import write_text
from bonaface.report.case import PAGE, write_audit
from bonaface.report.facts import without_folders
from bonaface.report.render import render
from bonaface.report.study import (
    costs,
    curves,
    density,
    descriptions,
    expressions,
    features,
    layout,
    published,
    scores,
    strata,
)
from bonaface.report.study.cards import Cards
from bonaface.report.study.galleries import STYLES, Galleries
from bonaface.report.study.given import (
    Find,
    Row,
    Summed,
    counted,
    inside,
    interval,
    label,
    on_grid,
    redacted,
    slug,
    value,
)
from bonaface.report.study.thumbs import Thumbs
from bonaface.report.study.written import write_tables

AUDITS = "assets/audits"


def write_study(
    folder: Path,
    study: Summed,
    find: Find,
    audits: Iterable[tuple[Row, Ledger | str]] = (),
    points: density.Maps | None = None,
    placed: layout.Placings | None = None,
    downstream: costs.Costs | None = None,
    described: descriptions.Descriptions | None = None,
    *,
    title: str,
    source: str,
    about: Sequence[tuple[str, str]] = (),
    redact: bool = False,
) -> None:
    """Write `report.html`, `assets/` (pages of pictures, thumbnails, audits of the worst outputs) and `tables/`.

    Args:
        folder: exists; see `bonaface.io.store.staged_folder`.
        study: summed up.
        find: where its pictures are.
        audits: of the worst outputs, the worst first: a row of the table of pictures, and its ledger, or why there is
            none. They are made while the report is written, and none is held.
        points: maps of keypoints; None: nobody looked.
        placed: layouts of descriptors and embeddings; None: nobody laid them out.
        downstream: what restoration costs recognition, and in which direction; None: nobody worked it out.
        described: what describers tell of it; None: nobody was asked.
        title: of the page.
        source: the study's folder, for the command that would audit it.
        about: what was studied, by label.
        redact: leave names of folders and addresses of describers out of the texts. Names of faces, which are those of
            their files, stay.

    Raises:
        OutputExists: one of the files is there already.
        InputError: the folder cannot be written to.
    """
    if redact:
        study = redacted(study)
    rows = study.tables["pictures"]
    worst, addresses = _write_audits(folder, audits, redact=redact)
    galleries = Galleries(folder, title, Cards(Thumbs(folder, find), addresses), PAGE, study.generative)
    done = [row for row in rows if row["status"] == "ok"]
    galleries.pairs(rows)
    galleries.restorers(rows)
    painted = [row for row in done if row["restorer"] in study.generative] or done
    galleries.features(painted, "all", lambda row: "")
    galleries.features(done, "restorer", lambda row: str(row["restorer"]))
    galleries.features(painted, "degradation", lambda row: str(row["degradation"]))
    galleries.features(painted, "resolution", lambda row: str(row["resolution"]))
    galleries.strata(done)
    if points is not None:
        galleries.keypoints(done, points.outputs)
    told = descriptions.tellings(described, redact=redact)
    galleries.told(done, told)
    more = ({} if points is None else {"density": points.rows}) | ({} if downstream is None else dict(downstream.rows))
    written = write_tables(folder, {**study.tables, **more, **descriptions.tables(described, redact=redact)})
    here = Path(source).name if redact else source
    context = {
        "title": title,
        "version": __version__,
        "study": study,
        "lead": expressions.headline(study) or features.headline(study) or _plain_lead(study),
        "expressions": expressions.expressions(study, galleries.cards.thumbs),
        "audited": bool(study.tables["features"]),
        "command": features.where_missing(study, here),
        "counts": f"{counted(len(done), 'output')} of {counted(study.people, 'person', 'people')}",
        "bars": features.bars(study, galleries.links),
        "heats": features.heats(study, galleries.links),
        "worst": [_worst(galleries, row, why, study) for row, why in worst],
        "worst_by": label(study.worst_by) if study.worst_by else "",
        "worst_by_inside": inside(label(study.worst_by)) if study.worst_by else "",
        "rankings": scores.rankings(study, galleries.links),
        "index": scores.index(study, galleries.links),
        "strata": strata.strata(study, galleries.links),
        "curves": curves.curves(study, galleries.links),
        "knees": curves.knee_table(study),
        "descriptions": descriptions.descriptions(described, told, study.generative, galleries.links),
        "published": published.published(study, galleries.links, told),
        "may_be_told": published.may_be_told(study, told),
        "told_command": f"bonaface study describe {here} --with SERVICE --model MODEL --dry-run",
        "costs": costs.costs(downstream, study, galleries.links),
        "costs_command": f"bonaface study downstream {here}",
        "density": density.density(folder, points, study, galleries.links),
        "points": layout.layouts(placed, study),
        "failed": [row for row in rows if row["status"] != "ok"],
        "tables": written,
        "about": about,
    }
    write_text(folder / PAGE, render("study/page.html.j2", context, files=True, styles=STYLES))


def _write_audits(
    folder: Path, audits: Iterable[tuple[Row, Ledger | str]], *, redact: bool
) -> tuple[list[tuple[Row, str]], dict[str, str]]:
    """Each audit's own page; returns the rows with what went wrong, and addresses from `assets/x/` by cell."""
    worst: list[tuple[Row, str]] = []
    addresses: dict[str, str] = {}
    for number, (row, found) in enumerate(audits, 1):
        why = found if isinstance(found, str) else ""
        if not isinstance(found, str):
            name = f"{number:02d}-{slug(row['face'])}-{slug(row['restorer'])}-{slug(row['degradation'])}"
            place = folder / AUDITS / name
            place.mkdir(parents=True)
            titled = f"{row['face']}: {row['restorer']}, {row['degradation']}"
            write_audit(place, found, title=titled, redact=redact, embed=False)
            addresses[row["cell"]] = f"../audits/{name}/{PAGE}"
        worst.append((row, without_folders(why) if redact else why))
    return worst, addresses


def _worst(galleries: Galleries, row: Row, why: str, study: Summed) -> dict[str, Any]:
    card = galleries.cards.of(row)
    number = next((v for v in row["values"] if v[0] == study.worst_by), None)
    return card | {
        "no_audit": why, "score": "" if number is None else value(number[2], number[3]),
        "pair": galleries.links.get(("pair", row["restorer"], row["degradation"]), ""),
    }  # fmt: skip


def _plain_lead(study: Summed) -> str:
    """Where nothing was audited: what the most telling measure says."""
    grids: dict[str, list[Row]] = {}
    for row in study.tables["rankings"]:
        if row["measure"] == study.worst_by:
            grids.setdefault(row["grid"], []).append(row)
    if not grids:
        return "Nothing was measured."
    rows = max(grids.values(), key=len)  # where most restorers have numbers, as the rankings show it
    best = rows[0]
    name = f"{inside(label(study.worst_by))} {on_grid(best['grid'])}".rstrip()
    found = f"{value(best['value'], best['unit'])}, 95% interval {interval(best, best['unit'])}"
    found += f"; {counted(best['people'], 'person', 'people')}"
    known = "Which features are hallucinated is not known: no output was audited."
    if len(rows) == 1:
        return f"{known} By {name}, {best['restorer']} stands at {found}."
    tied = f", and cannot be told from {best['tied']}" if best["tied"] else ""
    return f"{known} By {name}, {best['restorer']} does least damage ({found}){tied}."
