"""`bonaface describe` and `bonaface compare-descriptions`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.api.describing import Asker
    from bonaface.core.descriptions import Price
    from bonaface.core.results import Ledger
    from bonaface.io.describers import Asked
    from bonaface.jobs.audits import Failure

DESCRIBER = "openai (any service of its form), gemini, local or recorded."
Model = Annotated[
    str, typer.Option(help="The service's model; the folder of a local one; the JSON file of a recording.")
]
Endpoint = Annotated[str, typer.Option(help="Base address of the service, as http://127.0.0.1:8000/v1.")]
Repeats = Annotated[
    int | None, typer.Option(help="How often each picture is described (default 5; recorded: all there are).")
]
Temperature = Annotated[float, typer.Option(help="0 is the most repeatable.", min=0.0, max=2.0)]
KeyFrom = Annotated[str, typer.Option(help="Environment variable that holds the key.")]
Timeout = Annotated[float, typer.Option(help="Seconds for one answer.", min=0.1)]
Prices = Annotated[Path | None, typer.Option(help="JSON table of prices for a million tokens.")]
Kept = Annotated[bool, typer.Option(help="Keep answers on this machine, and use those that are kept.")]


def describe(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.", metavar="PICTURE")],
    describer: Annotated[str, typer.Option(help=DESCRIBER)],
    model: Model,
    out: Annotated[Path, typer.Option(help="The JSON file to write, or to go on with.")],
    endpoint: Endpoint = "",
    repeats: Repeats = None,
    temperature: Temperature = 1.0,
    restorer: Annotated[str, typer.Option(help="What made the pictures, for tables: a name.")] = "",
    resolution: Annotated[
        int | None, typer.Option(help="Side in pixels of what the restorer was given, for tables.", min=1)
    ] = None,
    key_from: KeyFrom = "",
    timeout: Timeout = 120.0,
    prices: Prices = None,
    cache: Kept = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin the file anew.")] = False,
) -> None:
    """Have a vision-language model describe faces under the study's eleven headings.

    The pictures go to the describer, and nowhere else: made smaller where large, and without metadata or names. A key
    is read from the environment (OPENAI_API_KEY, GEMINI_API_KEY), and goes to its own service only; --key-from names
    another variable for another address. A later run of the same command asks for what is missing or failed.
    """
    from rich.markup import escape

    from bonaface.api.describing import check_repeats
    from bonaface.cli.console import console, show_failures
    from bonaface.io.describers import Asked
    from bonaface.jobs import readings
    from bonaface.jobs.audits import Failure as Failed
    from bonaface.jobs.describing import fill
    from bonaface.jobs.descriptions import open_file

    check_repeats(repeats)
    files = readings.files_of(pictures)
    asker, price = prepare(describer, Asked(model, endpoint, temperature, key_from, timeout), prices, cache=cache)
    file = open_file(out, asker, overwrite=overwrite)
    file.restorer, file.resolution = restorer or file.restorer, resolution or file.resolution
    announce(asker)
    with console(stderr=True).status("Describing", spinner="line") as shown:  # nothing, where it is no terminal
        done = fill(file, out, files, asker, repeats, price, tell=lambda said: shown.update(escape(said)))
    described = [picture for picture in file.pictures.values() if picture.tries]
    made = [each for picture in described for each in picture.tries.values() if each.description]
    if not made:
        show_failures(done.failures)
        raise InputError("Nothing was described; each failure is listed above.")
    typer.echo(
        f"{many(len(made), 'description')} of {many(len(described), 'picture')}: {out} ({done.asked} asked for "
        f"now, {done.kept} there already; {_spent(file.as_dict(price)['usage'])})."
    )
    failures = [*done.failures, *([Failed("the rest", done.stopped)] if done.stopped else [])]
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)


def prepare(kind: str, asked: Asked, prices: Path | None = None, *, cache: bool = True) -> tuple[Asker, Price | None]:
    """A describer that is ready to be asked, and the model's price, if it is known.

    Raises:
        InputError: something given cannot be used.
    """
    from bonaface.api.describing import Asker
    from bonaface.io.describers import DESCRIBERS
    from bonaface.io.describers.cache import Cache, default_folder
    from bonaface.io.describers.prices import read_price

    describer = DESCRIBERS[kind].open(asked)
    price = None if prices is None else read_price(prices, asked.model)
    if prices is not None and price is None:
        typer.echo(f"Note: {prices} has no price of {asked.model}; tokens are counted, and no cost.", err=True)
    return Asker(describer, Cache(default_folder()) if cache else None), price


@dataclass(slots=True)
class AuditDescriptions:
    """Adds descriptions to audits; nothing where no describer was named.

    Attributes:
        asker: asks the describer; None: nothing is added.
        repeats: how often each picture is described.
        redact: leave addresses and folders out.
        failures: answers that are no descriptions, collected on the way.
    """

    asker: Asker | None = None
    repeats: int | None = None
    redact: bool = False
    failures: list[Failure] = field(default_factory=list)

    def add(self, named: Iterable[tuple[str, Ledger | Failure]]) -> Iterable[tuple[str, Ledger | Failure]]:
        """Audits as they come, each with its descriptions."""
        from bonaface.api.described import add_descriptions
        from bonaface.jobs.audits import Failure as Failed
        from bonaface.report.described import redacted

        for name, result in named:
            if self.asker is None or isinstance(result, Failed):
                yield name, result
                continue
            added = add_descriptions(result, self.asker, self.repeats)
            for what in added.descriptions["failures"]:
                picture, _, why = what.partition(": ")
                self.failures.append(Failed(f"{name}, description of the {picture}", why))
            if self.redact:
                added = replace(added, descriptions=redacted(added.descriptions))
            yield name, added


def for_audit(
    kind: str, model: str, endpoint: str, repeats: int | None, key_from: str, *, redact: bool
) -> AuditDescriptions:
    """What the options of `bonaface audit` that start with --describe ask for.

    Raises:
        InputError: something given cannot be used.
    """
    from bonaface.api.describing import check_repeats
    from bonaface.io.describers import Asked

    if not kind:
        if model or endpoint or key_from or repeats is not None:
            raise InputError("Options that start with --describe- need --describe: openai, gemini, local or recorded.")
        return AuditDescriptions()
    if not model:
        raise InputError(
            f"--describe {kind} needs --describe-model: a model's name, its folder, or a recording's file."
        )
    check_repeats(repeats)
    asker, _ = prepare(kind, Asked(model, endpoint, key_from=key_from))
    announce(asker)
    return AuditDescriptions(asker, repeats, redact)


def announce(asker: Asker, what: str = "Pictures go") -> None:
    """Where pictures go, before they go, on standard error.

    Args:
        asker: asks the describer; of one on this machine nothing is said.
        what: subject and verb.
    """
    from bonaface.io.describers.http import is_open

    settings = asker.describer.settings
    if not settings.endpoint:
        return
    where = f"{settings.endpoint} ({settings.model})"
    typer.echo(f"{what} to {where}, without metadata and names, unless their answers are kept here.", err=True)
    if is_open(settings.endpoint):
        typer.echo("Note: this address is not encrypted; pictures and key can be read on their way.", err=True)


def _spent(usage: dict[str, object]) -> str:
    text = f"{usage['tokens_in']:,} tokens in, {usage['tokens_out']:,} out"
    if usage["answers_without_count"]:
        text += f", {usage['answers_without_count']} answers without a count"
    return text if usage["cost"] is None else f"{text}, {usage['cost']:.4f} {usage['currency']}"


def many(count: int, what: str) -> str:
    """A number and its noun."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def compare_descriptions(
    truth: Annotated[Path, typer.Argument(help="Descriptions of the real photographs.", metavar="TRUTH.json")],
    outputs: Annotated[
        list[Path], typer.Argument(help="Descriptions of outputs, a file for each restorer.", metavar="OUTPUT.json")
    ],
    out: Annotated[Path | None, typer.Option(help="A JSON file for the tables, and for every section.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Compare descriptions of outputs with those of the real photographs: the study's two tables.

    Pictures are paired by name. The mean cosine stands beside what descriptions of one and the same photograph score
    among themselves.
    """
    from bonaface.cli.console import show_failures
    from bonaface.cli.describetables import show_tables
    from bonaface.io.atomic import check_free, write_json
    from bonaface.jobs.description_tables import compare_files

    if out is not None:
        check_free(out, overwrite=overwrite)
    tables = compare_files(truth, outputs)
    if out is not None:
        write_json(out, tables.as_dict(), overwrite=overwrite)
    show_tables(tables)
    if out is not None:
        typer.echo(f"Every section: {out}")
    show_failures(tables.failures)
    if tables.failures:
        raise typer.Exit(ExitCode.PARTLY)
