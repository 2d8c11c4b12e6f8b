"""What the commands print."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bonaface.core.results import Ledger, Score, Verdict
from bonaface.core.snapshots import Snapshot

if TYPE_CHECKING:
    from rich.console import Console

    from bonaface.core.catalog import Weights
    from bonaface.jobs.audits import Failure

STYLES = {
    Verdict.INVENTED: "bold magenta",
    Verdict.ALTERED: "bold yellow",
    Verdict.LOST: "bold cyan",
    Verdict.KEPT: "green",
    Verdict.UNDECIDABLE: "dim",
}


def console(*, stderr: bool = False) -> Console:
    """Rich's console; plain text where the output is no terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def listed(given: str | None) -> list[str] | None:
    """Names with commas between; None: none were given."""
    return None if given is None else [name.strip() for name in given.split(",") if name.strip()]


def text(score: Score | None, digits: int = 2) -> str:
    """A score for a table."""
    if score is None:
        return ""
    return "n/a" if score.value is None else f"{score.value:.{digits}f}"


def show_ledger(out: Console, ledger: Ledger, count: int = 8) -> None:
    """The worst findings of one audit, the numbers of the whole picture, and the notes."""
    from rich.markup import escape
    from rich.table import Table

    if ledger.expression:
        out.print(f"[bold]{escape(ledger.expression['summary'])}[/]")
    worst = ledger.worst(count)
    if worst:
        table = Table(title="Worst findings", title_justify="left", pad_edge=False)
        for name, justify in (("Verdict", "left"), ("Severity", "right"), ("Finding", "left")):
            table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
        for finding in worst:
            style = STYLES[finding.verdict]
            table.add_row(f"[{style}]{finding.verdict}[/]", f"{finding.severity or 0:.2f}", escape(finding.sentence))
        out.print(table)
    counted = ", ".join(
        f"{sum(f.verdict is verdict for f in ledger.findings)} {verdict}" for verdict in Verdict if ledger.judged
    )
    out.print(f"Findings: {counted}." if counted else "Without a truth there are no findings.")
    if counted and not worst:
        said = nothing_found(ledger)
        out.print(f"{said[:1].upper()}{said[1:]}.")
    _show_measures(out, ledger)
    for note in ledger.notes:
        out.print(f"[yellow]Note:[/] {escape(note)}")


def nothing_found(ledger: Ledger) -> str:
    """Why no finding is shown."""
    if not ledger.judged:
        return "no truth: damage and quality only"
    if not ledger.provenance["parameters"]["floors"]:
        return "no noise floors were computed (--no-floors), so that nothing is decided"
    return "nothing stands above its noise floor"


def pasting(ledger: Ledger) -> str:
    """What pasting a restored face did, in a few words; empty where nothing was measured of it."""
    said = []
    for name, label, digits in (("seam", "seam", 2), ("colour-shift", "colour shift", 1)):
        score, floor = ledger.measures.get(name), ledger.measures.get(f"{name}:floor")
        if score is not None and score.value is not None:
            beside = f", without a paste {text(floor)}" if floor is not None and floor.value is not None else ""
            said.append(f"{label} {text(score, digits)}{f' {score.unit}' if score.unit else ''}{beside}")
    return "; ".join(said)


def _show_measures(out: Console, ledger: Ledger) -> None:
    from rich.table import Table

    table = Table(title="Whole picture", title_justify="left", pad_edge=False)
    beside = {"floor": "Floor", "bicubic": "Bicubic", "other-face": "Other face"}
    if ledger.expression:
        beside = {"floor": "Floor", "neutral": "Neutral picture"}
    for name in ("Measure", "Output", *beside.values()):
        table.add_column(name, justify="left" if name == "Measure" else "right")
    for name, score in ledger.measures.items():
        if ":" in name:
            continue
        controls = [ledger.measures.get(f"{name}:{part}") for part in beside]
        table.add_row(f"{name} [{score.unit}]".replace(" []", ""), text(score, 3), *(text(c, 3) for c in controls))
    for name, score in ledger.damage.items() if not ledger.judged else ():
        table.add_row(f"{name} [{score.unit}]", text(score, 3), "", "", "")
    out.print(table)


def show_failures(failures: Sequence[Failure]) -> None:
    """Each thing that was not done, on standard error."""
    from rich.markup import escape

    err = console(stderr=True)
    for failure in failures:
        err.print(f"[bold red]Not done:[/] {escape(failure.name)}: {escape(failure.why)}")


def show_terms(cards: Iterable[Weights | Snapshot]) -> None:
    """The terms of weights, one line, on standard error: whoever pipes results on sees it all the same."""
    import typer

    licences: dict[str, list[str]] = {}
    for card in cards:
        if isinstance(card, Snapshot):
            if not card.free:
                terms = f"{card.licence}, not for {card.restrictions}" if card.restrictions else card.licence
                licences.setdefault(terms, []).append(card.repository)
        elif not card.commercial:
            licences.setdefault(card.licence, []).append(card.name)
    if licences:
        said = "; ".join(f"{', '.join(names)}: {licence}" for licence, names in licences.items())
        typer.echo(f"Terms of the weights: {said}.", err=True)


def show_facts(rows: Iterable[tuple[str, str]]) -> None:
    """A line for each fact, its label before it; long ones go on under their beginning."""
    import textwrap

    import typer

    held = tuple(rows)
    column = max(len(label) for label, _ in held) + 4
    wrap = textwrap.TextWrapper(118, subsequent_indent=" " * column, break_long_words=False, break_on_hyphens=False)
    for label, value in held:
        wrap.initial_indent = f"  {label}:".ljust(column)
        typer.echo(wrap.fill(value))


@contextlib.contextmanager
def stopping(say: Callable[[], str]) -> Iterator[None]:
    """Within, a command that is stopped from outside says what is true of its work, in place of the general words."""
    import typer

    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        typer.echo(say(), err=True)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
