"""`bonaface models`: which models there are, what is here, and fetching what is not."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bonaface.cli.modeltables import show_card, show_editor, show_editors, show_list
from bonaface.core.errors import BonafaceError, ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.io.download import Progress
    from bonaface.io.fetch import Accepted
    from bonaface.io.snapshot_fetch import Fetched
    from bonaface.jobs.audits import Failure

models_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Names = Annotated[
    list[str],
    typer.Argument(
        help="Models, as `bonaface models list` names them, or measures (`measure list`).", metavar="NAME..."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@models_app.command("list")
def list_models(as_json: Json = False) -> None:
    """List every model: restorers, and editors of expressions.

    Files: whether its weights are here (they are not read: `bonaface models verify` does that). Pixels: what it reads
    and delivers. Invents: whether it paints detail that its input does not have. Use: whether its weights may be used
    for everything, commerce included.
    """
    from bonaface.api import models

    found, editors = models.list_models(), models.list_editors()
    if as_json:
        _print_json([model.as_dict() for model in found] + [editor.as_dict() for editor in editors])
        return
    show_list(found)
    typer.echo()
    show_editors(editors)


@models_app.command()
def show(name: Annotated[str, typer.Argument(help="A model.", metavar="NAME")], as_json: Json = False) -> None:
    """Print the whole card of a model, and where its files are. They are read and verified."""
    from bonaface.api import models

    found = models.status(name)
    if as_json:
        _print_json(found.as_dict())
        return
    if isinstance(found, models.EditorStatus):
        show_editor(found)
        return
    show_card(found)


@models_app.command()
def fetch(
    names: Names,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="I keep to the terms of weights that are not free for every use.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where the files go; else where BONAFACE_MODELS says, else the user's folder.")
    ] = None,
) -> None:
    """Fetch the weights of models. Nothing else in Bonaface ever does so.

    A download that broke off goes on where it was. Proxies are taken from HTTPS_PROXY and its kin. A file whose SHA-256
    is not known beforehand is recorded as it came, and must stay the same from then on.
    """
    from bonaface.api import models
    from bonaface.cli.console import show_terms, stopping

    show_terms(models.check_terms(names, accept_licence=accept_licence))
    done: list[Accepted | Fetched] = []
    failures: list[Failure] = []
    with stopping(lambda: "Stopped. What was fetched so far is kept, and the same command goes on from there."):
        for name in dict.fromkeys(names):
            with _noting(name, failures), _bar(name) as progress:
                some = models.fetch(name, accept_licence=accept_licence, folder=folder, progress=progress)
                done += some
                _tell(name, some)
    if folder is not None and done:
        _tell_of_folder(folder)
    _finish(bool(done), failures)


@models_app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models; without any, all that are here.", metavar="[NAME]...")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="A folder to look into first.")] = None,
) -> None:
    """Read the weights that are here, those of measures included, and say whether they hold what they must.

    A file whose SHA-256 is not known, such as one put there by hand, is recorded as it is, and must stay the same.
    """
    from bonaface.api import models

    failures: list[Failure] = []
    done = False
    for name in dict.fromkeys(names or models.here()):
        with _noting(name, failures):
            some = models.verify(name, folder=folder)
            _tell(name, some)
            done = True
    _finish(done, failures)


@models_app.command()
def where(
    name: Annotated[str | None, typer.Argument(help="A model; without one, the folders are named.")] = None,
) -> None:
    """Print where the verified files of a model are, one a line; or where files are looked for."""
    from bonaface.api import models
    from bonaface.io.weights import FOLDER_VARIABLE, models_folder, user_folder

    if name:
        for path in models.where(name):
            typer.echo(path)
        return
    if models_folder() != user_folder():
        typer.echo(f"{models_folder()}  ({FOLDER_VARIABLE}; what is fetched goes here)")
        typer.echo(f"{user_folder()}  (the user's folder)")
    else:
        typer.echo(f"{user_folder()}  (the user's folder; what is fetched goes here. {FOLDER_VARIABLE} names another)")


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def _tell(name: str, files: list[Accepted | Fetched]) -> None:
    """What is here now."""
    from bonaface.io.snapshot_fetch import Fetched

    if not files:
        typer.echo(f"{name}: needs no files.")
    for file in files:
        if isinstance(file, Fetched):
            _tell_of_snapshot(name, file)
            continue
        how = "is fetched" if file.origin else "is here"
        right = "" if file.pinned_in else " and holds what it must"
        typer.echo(f"{name}: {file.path} {how}{right}. SHA-256 {file.sha256}")
        if file.pinned_in:
            typer.echo(
                f"Its card knows no SHA-256, so this one was recorded in {file.pinned_in}; a file with another content "
                "will be refused from now on. Compare it with what its publisher says or others have, and have it "
                f'pinned: sha256="{file.sha256}" in the card of {file.card.name}.'
            )
        if file.why_there:
            typer.echo(f"Note: {file.why_there} So the record stands in your own folder, and counts for you alone.")


def _tell_of_snapshot(name: str, folder: Fetched) -> None:
    how = "is fetched" if folder.origin else "is here"
    commit = f", commit {folder.revision}" if folder.revision else ""
    typer.echo(
        f"{name}: {folder.path} {how}: {folder.files} files, {folder.megabytes:.0f} MB{commit}. "
        f"SHA-256 of their list: {folder.sha256}"
    )
    if folder.pinned_in:
        typer.echo(
            f"What each file holds was recorded in {folder.pinned_in}; a file with another content will be refused "
            "from now on."
        )


def _tell_of_folder(folder: Path) -> None:
    from bonaface.io.weights import FOLDER_VARIABLE, models_folder, user_folder

    if folder.absolute() not in (models_folder().absolute(), user_folder().absolute()):
        typer.echo(f"Set {FOLDER_VARIABLE}={folder.absolute()}, so that Bonaface finds it there.", err=True)


@contextlib.contextmanager
def _noting(name: str, failures: list[Failure]) -> Iterator[None]:
    """What goes wrong inside is one failure among others."""
    from bonaface.jobs.audits import Failure

    try:
        yield
    except BonafaceError as error:
        failures.append(Failure(name, str(error)))


def _finish(done: bool, failures: list[Failure]) -> None:
    from bonaface.cli.console import show_failures

    if not failures:
        return
    if not done and len(failures) == 1:
        raise InputError(failures[0].why)
    show_failures(failures)
    raise typer.Exit(ExitCode.PARTLY if done else ExitCode.BAD_INPUT)


@contextlib.contextmanager
def _bar(name: str) -> Iterator[Progress]:
    """A bar on standard error; where the size is not known, only what came. News stay above it."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    from bonaface.cli.console import console

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, TimeRemainingColumn(), console=console(stderr=True), transient=True) as bars:
        task = bars.add_task(name, total=None, visible=False)

        def progress(done: int, total: int | None, said: str = "") -> None:
            if said:
                bars.console.print(f"{name}: {said}", markup=False, soft_wrap=True)
            elif total is None:
                bars.update(task, completed=done, visible=True)
            else:
                bars.update(task, completed=done, total=total, visible=True)

        yield progress
