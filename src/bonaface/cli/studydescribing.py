"""`bonaface study describe`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bonaface.cli.describing import (
    DESCRIBER,
    Endpoint,
    Kept,
    KeyFrom,
    Model,
    Prices,
    Repeats,
    Temperature,
    Timeout,
    announce,
    many,
    prepare,
)
from bonaface.cli.studying import Folder
from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.api.describing import Asker
    from bonaface.core.descriptions import Price
    from bonaface.study.described.asking import Step, Work
    from bonaface.study.described.tables import Descriptions
    from bonaface.study.engine.store import Store

Row = dict[str, Any]
EVERY = 10
"""Seconds between two lines on how far it is."""
MOST = 40
"""Rows of a table that are printed."""
REASONS = 10
"""Failures that are printed."""


def describe(
    folder: Folder,
    describer: Annotated[str, typer.Option("--with", help=DESCRIBER)],
    model: Model,
    endpoint: Endpoint = "",
    repeats: Repeats = None,
    temperature: Temperature = 1.0,
    key_from: KeyFrom = "",
    timeout: Timeout = 120.0,
    prices: Prices = None,
    cache: Kept = True,
    limit: Annotated[int | None, typer.Option(help="Only the first so many faces.", min=1)] = None,
    restorers: Annotated[
        str | None, typer.Option(help="Only outputs of these restorers or editors, with commas between.")
    ] = None,
    degradation: Annotated[str | None, typer.Option(help="Only outputs of these damages, likewise.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many pictures would go where, and what it would take.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask again for what came and is no description, as refusals.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all rows as JSON.")] = False,
) -> None:
    """Have a vision-language model describe a study's originals and outputs: S0's table 2, beside its floor.

    Each picture is described under the eleven headings of `bonaface describe`, once for each content, and goes to the
    describer and nowhere else. Writes the tables descriptions and description-means into FOLDER/tables; `study report`
    shows them. Started again, it asks only for what is missing.
    """
    from bonaface.api.describing import check_repeats
    from bonaface.cli.console import listed, show_failures, stopping
    from bonaface.io.describers import Asked
    from bonaface.jobs.audits import Failure
    from bonaface.study.described.asking import todo
    from bonaface.study.described.tables import describe
    from bonaface.study.described.wanted import Choice
    from bonaface.study.engine.store import Store

    check_repeats(repeats)
    store = Store.opened(folder)
    choice = Choice(limit, listed(restorers), listed(degradation))
    asker, price = prepare(describer, Asked(model, endpoint, temperature, key_from, timeout), prices, cache=cache)
    if dry_run:
        _show_work(todo(store, asker.describer, choice, repeats, retry_failed=retry_failed), store, asker, price)
        return
    failures = list[Failure]()
    with stopping(lambda: "Stopped. What was answered is kept; the same command asks for the rest."):
        steps = describe(store, asker, choice, repeats, retry_failed=retry_failed)
        told, work, last = _run(steps, store, asker, price, failures)
    if not told.rows["descriptions"]:
        said = " ".join((*work.notes, "Run the study first (`bonaface study run`)."))
        raise InputError(f"{folder} has no output that can be described. {said}")
    if as_json:
        typer.echo(json.dumps({**told.rows, "notes": [*work.notes, *told.notes]}, ensure_ascii=False, indent=1))
    else:
        _show(told, asker, last)
        for note in (*work.notes, *told.notes):
            typer.echo(note)
        typer.echo(f"Tables: {store.place}/tables (descriptions, description-means)")
    show_failures(failures[:REASONS])
    if len(failures) > REASONS:
        typer.echo(f"... and {len(failures) - REASONS} more; tables/descriptions.csv has them.", err=True)
    if work.failed:
        typer.echo(f"Answers of before that are no descriptions: {work.failed}; --retry-failed asks again.", err=True)
    if told.stopped:
        show_failures([Failure("the rest", told.stopped)])
    if failures or told.stopped or work.failed:
        raise typer.Exit(ExitCode.PARTLY)


def _run(
    steps: Iterator[Work | Step | Descriptions], store: Store, asker: Asker, price: Price | None, failures: list[Any]
) -> tuple[Descriptions, Work, Step | None]:
    """What came of it; how far it is goes to standard error, and what failed into `failures`."""
    from bonaface.jobs.audits import Failure
    from bonaface.study.described.asking import Step, Work
    from bonaface.study.described.tables import Descriptions

    begun = last = time.monotonic()
    work, step = None, None
    for each in steps:
        if isinstance(each, Descriptions) and work is not None:
            return each, work, step
        if isinstance(each, Work):
            work = each
            _show_work(work, store, asker, price)
            begun = last = time.monotonic()
            continue
        if isinstance(each, Step):
            step = each
            failures += [Failure(step.name, step.why)] if step.why else []
            now = time.monotonic()
            if now - last > EVERY and step.done < step.total:
                last, rest = now, (now - begun) / step.done * (step.total - step.done)
                typer.echo(f"{step.done} of {step.total} answers; about {rest:.0f} s left.", err=True)
    raise RuntimeError("the tables come last")


def _show_work(work: Work, store: Store, asker: Asker, price: Price | None) -> None:
    """What is asked for, where pictures go, and what it may take, on standard error."""
    from bonaface.study.described.asking import TABLE
    from bonaface.study.described.spending import expected

    settings = asker.describer.settings
    typer.echo(
        f"{many(work.truths, 'picture')} of originals and {work.outputs} of outputs, each content once: "
        f"{many(work.answers, 'answer')}, {work.asked} of them to ask for.", err=True,
    )  # fmt: skip
    if not work.asked:
        return
    if not settings.endpoint:
        typer.echo("Nothing leaves this machine.", err=True)
        return
    pictures = len(work.missing)
    go = "picture goes" if pictures == 1 else "pictures go"
    announce(asker, f"{pictures} {go}, {many(work.asked, 'time')} in all,")
    columns = ("describer", "model", "tokens_in", "tokens_out")
    found = expected(work.asked, store.rows(TABLE, columns), settings, price)
    of = f"the mean of {found.counted} here" if found.counted else "assumed: none of this model was counted here yet"
    cost = "" if found.cost is None else f", {found.cost:.{2 if found.cost >= 1 else 4}f} {found.currency}"
    typer.echo(
        f"About {work.asked * found.each[0]:,} tokens in and {work.asked * found.each[1]:,} out{cost}, at "
        f"{found.each[0]:,} and {found.each[1]:,} an answer ({of}).", err=True,
    )  # fmt: skip


def _show(told: Descriptions, asker: Asker, last: Step | None) -> None:
    """Mean cosines and the most frequent adjectives of the describer that was asked."""
    from rich.table import Table

    from bonaface.cli.console import console
    from bonaface.study.described.asking import settings_row

    about = settings_row(asker.describer.settings)
    means, cells = (
        [row for row in rows if not row["number"] and all(row[name] == value for name, value in about.items())]
        for rows in (told.rows["description-means"], told.rows["descriptions"])
    )
    if last is not None:
        typer.echo(f"{many(last.done, 'answer')}: {last.fresh} asked for now, {last.done - last.fresh} there already.")
    out = console()
    table = Table(title="Mean cosine, output against original", title_justify="left", pad_edge=False, box=None,
                  padding=(0, 2, 0, 0))  # fmt: skip
    for name in ("Restorer", "Damage", "Cosine", "Usual", "Floor", "Below"):
        table.add_column(name, no_wrap=True)
    for row in means[:MOST]:
        table.add_row(row["restorer"], row["degradation"], *_numbers(row))
    if any(row["value"] is not None for row in means):
        out.print(table)
        if len(means) > MOST:
            typer.echo(f"... and {len(means) - MOST} rows more.")
        typer.echo(
            "Means with 95% intervals over people. Usual: what descriptions of one and the same original score among "
            "themselves; floor: the lowest of them; below: outputs below their original's floor."
        )
    for why in sorted({row["why"] for row in means if row["value"] is None and row["described"]}):
        typer.echo(f"No cosines: {why}.")
    _show_words(cells, means[0]["words_by"] if means else "")


def _numbers(row: Row) -> list[str]:
    if row["value"] is None:
        return ["n/a", "n/a", "n/a", ""]
    span = "" if row["low"] is None else f" ({row['low']:.2f} to {row['high']:.2f})"
    beside = ["n/a" if row[name] is None else f"{row[name]:.3f}" for name in ("usual", "floor")]
    return [f"{row['value']:.3f}{span}", *beside, f"{row['below_floor']:.0f} of {row['n']:.0f}"]


def _show_words(cells: Sequence[Row], words_by: str) -> None:
    from bonaface.measure.words import Words, frequent

    for restorer in dict.fromkeys(row["restorer"] for row in cells):
        mine = [row for row in cells if row["restorer"] == restorer and row["status"] != "failed"]
        if not mine:
            typer.echo(f"{restorer}: none of its outputs could be compared; tables/descriptions.csv says why.")
            continue
        said = []
        for name, verb in (("added_adjectives", "added"), ("removed_adjectives", "removed")):
            found = frequent([Words((), tuple(filter(None, row[name].split("; "))))] for row in mine)[:REASONS]
            said.append(f"{verb} {', '.join(f'{word} {count}' for word, count in found) or 'none'}")
        typer.echo(f"{restorer}, adjectives in {many(len(mine), 'output')}: {'; '.join(said)}.")
    if words_by:
        typer.echo(f"Words were found by {words_by}.")
