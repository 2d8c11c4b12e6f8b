"""Pictures in folders: whether they are there, listing them, and pairing outputs with truths by name."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from bonaface.core.errors import InputError, PictureError
from bonaface.io.formats import EXTENSIONS


def check_there(*paths: Path | None) -> None:
    """Raise before any work where something given does not exist; None is what was not given.

    Raises:
        InputError: there is no such file or folder.
    """
    for path in paths:
        if path is not None and not path.exists():
            raise InputError(f"There is no file or folder called {path}. Check the spelling and the current folder.")


def list_pictures(folder: Path | str) -> list[Path]:
    """The pictures of a folder by the ending of their names, sorted by name; hidden files and subfolders left out.

    Raises:
        PictureError: there is no such folder, it cannot be read, or holds no picture.
    """
    folder = Path(folder)
    try:
        if not folder.is_dir():
            found = "a file" if folder.exists() else "not there"
            raise PictureError(f"{folder} is {found}; expected a folder of pictures. Check the path.")
        names = sorted(folder.iterdir(), key=lambda path: path.name)
        pictures = [path for path in names if _is_listed(path)]
    except OSError as error:
        raise PictureError(f"{folder} cannot be read ({error.strerror}); expected a folder of pictures.") from error
    if not pictures:
        raise PictureError(
            f"{folder} holds {len(names)} files and folders, and no picture; expected names that end in "
            f"{', '.join(sorted(EXTENSIONS))}. Subfolders are not searched: give the folder with the pictures itself."
        )
    return pictures


def _is_listed(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in EXTENSIONS and path.is_file()


def pair_by_name(
    outputs: Sequence[Path], truths: Sequence[Path]
) -> tuple[list[tuple[Path, Path]], list[Path], list[Path]]:
    """Pair files whose names are equal up to the ending: never by their order, which one missing file would shift.

    Equal letters first; then, among what is left, upper and lower case count as the same where that leaves one
    partner only. Unicode spellings of the same letter are the same.

    Returns:
        The pairs in the order of `outputs`, the outputs without a truth, the truths without an output.

    Raises:
        InputError: two outputs, or two truths, have the same name up to the ending.
    """
    for what, paths in (("outputs", outputs), ("truths", truths)):
        for stem, same in _by(_stem, paths).items():
            if len(same) > 1:
                raise InputError(
                    f"Two of the {what} are called {stem!r}: {same[0].name} and {same[1].name}; expected one of each "
                    "name, since outputs are paired with truths by name. Move one of them away, or rename it."
                )
    partner = _matches(_stem, outputs, truths)
    taken = set(partner.values())
    partner |= _matches(
        lambda path: _stem(path).casefold(),
        [path for path in outputs if path not in partner],
        [path for path in truths if path not in taken],
    )
    taken = set(partner.values())
    return (
        [(path, partner[path]) for path in outputs if path in partner],
        [path for path in outputs if path not in partner],
        [path for path in truths if path not in taken],
    )


def _stem(path: Path) -> str:
    return unicodedata.normalize("NFC", path.stem)


def _by(key: Callable[[Path], str], paths: Sequence[Path]) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = {}
    for path in paths:
        groups.setdefault(key(path), []).append(path)
    return groups


def _matches(key: Callable[[Path], str], outputs: Sequence[Path], truths: Sequence[Path]) -> dict[Path, Path]:
    there, here = _by(key, truths), _by(key, outputs)
    return {same[0]: there[name][0] for name, same in here.items() if len(same) == 1 and len(there.get(name, ())) == 1}
