"""Describing many pictures into one file, which a later run goes on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bonaface.api.describing import Asker
from bonaface.api.sources import open_picture
from bonaface.core.descriptions import DescriberRefused, Price
from bonaface.core.errors import BonafaceError, InputError
from bonaface.io.atomic import write_json
from bonaface.io.describers import sent
from bonaface.jobs.audits import Failure
from bonaface.jobs.descriptions import Described, File


@dataclass(frozen=True, slots=True)
class Done:
    """What a run came to.

    Attributes:
        asked: how many answers were asked for in this run.
        kept: how many were there, in the file or the cache.
        failures: what has no description.
        stopped: why the rest was not tried; empty where all was.
    """

    asked: int
    kept: int
    failures: tuple[Failure, ...]
    stopped: str = ""


def fill(
    file: File,
    path: Path,
    pictures: Sequence[Path],
    asker: Asker,
    repeats: int | None = None,
    price: Price | None = None,
    tell: Callable[[str], None] = lambda said: None,
) -> Done:
    """Describe what is missing or failed, and write the file after every picture, once it holds a description.

    Args:
        file: from `open_file`; it is filled.
        path: where it is written.
        pictures: files.
        asker: asks the describer.
        repeats: how often each picture is described; by default as often as the describer says.
        price: for the cost.
        tell: is told which answer is asked for.

    Raises:
        DescriberRefused: nothing can be described, and nothing was.
    """
    asked = kept = 0
    failures: list[Failure] = []
    stopped = ""
    for name, place in zip(_names(pictures), pictures, strict=True):
        try:
            picture = sent(open_picture(place, name))
        except BonafaceError as error:
            failures.append(Failure(name, str(error)))
            if name not in file.pictures or file.pictures[name].why:
                file.pictures[name] = Described(name, why=str(error))
            continue
        held = file.pictures.get(name)
        if held is None or held.sent_sha256 != picture.sha256:  # new, or another picture of that name
            held = file.pictures[name] = Described(name, picture.source, picture.sha256, picture.size)
        count = asker.describer.repeats(picture) if repeats is None else repeats
        todo = [repeat for repeat in range(1, count + 1) if repeat not in held.tries or held.tries[repeat].why]
        kept += count - len(todo)
        try:
            for repeat in todo:
                tell(f"{name}, description {repeat} of {count}")
                given = held.tries[repeat] = asker.ask(picture, repeat)
                asked, kept = asked + given.fresh, kept + (not given.fresh)
                if given.why:
                    failures.append(Failure(f"{name}, answer {repeat}", given.why))
        except DescriberRefused as error:
            if not _any_described(file):
                raise
            stopped = str(error)
            break
        finally:  # also when somebody stops it: what was answered was paid for
            _save(file, path, price)
    _save(file, path, price)
    return Done(asked, kept, tuple(failures), stopped)


def _save(file: File, path: Path, price: Price | None) -> None:
    if _any_described(file):
        write_json(path, file.as_dict(price), overwrite=True)


def _any_described(file: File) -> bool:
    return any(one.description for each in file.pictures.values() for one in each.tries.values())


def _names(files: Sequence[Path]) -> list[str]:
    """Names of files; where two are alike, with their folder's name."""
    plain = [path.name for path in files]
    names = [path.name if plain.count(path.name) == 1 else f"{path.parent.name}/{path.name}" for path in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"Two pictures are called {twice}. Describe them into two files.")
    return names
