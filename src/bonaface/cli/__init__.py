"""The command line: parse, call one function, show."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Annotated, Any, TextIO, cast

import typer

from bonaface.cli.auditing import audit
from bonaface.cli.benchexpression import expression
from bonaface.cli.benching import bench_app
from bonaface.cli.converting import convert
from bonaface.cli.degrading import degrade
from bonaface.cli.demonstration import demo
from bonaface.cli.describing import compare_descriptions, describe
from bonaface.cli.editing import edit
from bonaface.cli.measuring import measure_app
from bonaface.cli.models import models_app
from bonaface.cli.probing import probe
from bonaface.cli.reading import parse, read_app
from bonaface.cli.restoring import restore
from bonaface.cli.studycosts import downstream
from bonaface.cli.studydescribing import describe as describe_study
from bonaface.cli.studying import study_app
from bonaface.cli.studyreports import report
from bonaface.cli.training import train
from bonaface.core.errors import BonafaceError, ExitCode

STOPPED = 130
"""The exit code, by custom, of a command that was stopped from outside."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help, on every terminal
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all done; 1 done in part, each failure listed; 2 bad input or usage, nothing written.",
)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere in the line.")] = False,
) -> None:
    """Say which parts of a restored, enlarged or edited face are real, and which a model made up."""
    if version:
        from bonaface import __version__

        typer.echo(f"bonaface {__version__}")
        raise typer.Exit


app.command()(audit)
app.command()(degrade)
app.command()(demo)
app.command()(describe)
app.command()(compare_descriptions)
app.command()(train)
app.command()(restore)
app.command()(edit)
app.command()(parse)
bench_app.command()(expression)
app.add_typer(bench_app, name="bench", help="Measure restorers and editors on real faces, beside published figures.")
models_app.command()(probe)
models_app.command()(convert)
study_app.command()(downstream)
study_app.command("describe")(describe_study)
study_app.command()(report)
app.add_typer(measure_app, name="measure", help="Measure pictures, each number by its stated convention.")
app.add_typer(models_app, name="models", help="List models, and fetch and verify their weights.")
app.add_typer(study_app, name="study", help="Damage, restore and measure many faces, resumably.")
app.add_typer(read_app, name="read", help="Read attributes or the expression of faces into a table.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with one of `ExitCode`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [word for word in given if word != "--debug"]
    _prepare_streams()
    try:
        app(given, prog_name="bonaface", standalone_mode=True)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except BonafaceError as error:
        if debug:
            raise
        _say(str(error))
        sys.exit(ExitCode.BAD_INPUT)
    except OSError as error:
        if debug:
            raise
        where = f" ({error.filename})" if error.filename else ""
        _say(f"The system refused: {error.strerror or error}{where}. Check rights and free space; nothing was kept.")
        sys.exit(ExitCode.BAD_INPUT)
    except Exception as error:
        if debug:
            raise
        _say(
            f"This is a fault in Bonaface: {type(error).__name__}: {error}. Nothing was kept. Run the command again "
            "with --debug and report what it prints."
        )
        sys.exit(ExitCode.PARTLY)


class _Lenient:
    """A stream that goes quiet when nobody reads it any more: a report is not lost because its summary is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or, where the reader is gone, do nothing."""
        with contextlib.suppress(BrokenPipeError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or, where the reader is gone, do nothing."""
        try:
            self._stream.flush()
        except BrokenPipeError:  # Python flushes once more at its end, and would complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _prepare_streams() -> None:
    """Signs that a terminal does not know are printed as escapes; a closed pipe is no error; being ended cleans up."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = cast(TextIO, _Lenient(sys.stdout))
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stopped)


def _stopped(*_: object) -> None:
    """Say so, and let everything under way clean up after itself; the command ends with code 130."""
    _say("Stopped. What was not finished is gone; nothing is half written.")
    raise KeyboardInterrupt


def _say(text: str) -> None:
    typer.echo(f"Error: {text}", err=True)
