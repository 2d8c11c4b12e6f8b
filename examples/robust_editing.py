"""Edit blurred faces, and see how sharp the result is: the robustness cases of RegGAN's study (S4, Fig. 10).

Each photograph is edited as it is, Gaussian-smoothed, and motion-blurred, once with its own sharpness kept and once as
sharp as the editor makes it. Printed is by how much the edited face is sharper (+) or softer (-) than the photograph
that the editor was given: the standard deviations, in pixels of the face's crop, of the Gaussian between the two,
across and along its direction. Near 0 is as sharp as before.

    python examples/robust_editing.py [PHOTO_OR_FOLDER ...] [--to neutral] [--with EDITOR] [--first N] [--out FOLDER]

Without photographs, scikit-image's astronaut is edited (Eileen Collins, NASA, public domain), who smiles: hence --to
neutral. With --out, each case is written as one picture: what was given, and the two edits.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import skimage.data
from rich.console import Console
from rich.table import Table

import bonaface
from bonaface.api.editing import EditedPhoto
from bonaface.api.editors import best_here
from bonaface.core.images import Image, to_bytes
from bonaface.degrade import GaussianBlur, MotionBlur
from bonaface.edit import EDITORS
from bonaface.edit.sharpness import relative_blur
from bonaface.faces.crops import cut
from bonaface.io.pictures import list_pictures, read_picture, write_picture

SMOOTHED, MOVED = 0.012, 0.05
"""Standard deviation of the Gaussian, and length of the motion, as shares of the face's width."""


def photographs(given: list[Path]) -> Iterator[tuple[str, Image]]:
    """Names and pictures."""
    if not given:
        yield "astronaut", skimage.data.astronaut().astype(np.float32) / 255
    for path in given:
        for file in list_pictures(path) if path.is_dir() else [path]:
            yield file.stem, read_picture(file).image()


def cases(photo: Image, width: float) -> Iterator[tuple[str, Image]]:
    """The photograph as it is, smoothed, and moved, by the width of its face in pixels."""
    rng = np.random.default_rng(0)
    yield "as it is", photo
    sigma = max(0.8, SMOOTHED * width)
    yield f"Gaussian, {sigma:.1f} px", GaussianBlur(sigma=sigma)(photo, rng).image
    length = max(3.0, MOVED * width)
    yield f"motion, {length:.0f} px at 30 degrees", MotionBlur(length, 30)(photo, rng).image


def sharper(photo: EditedPhoto) -> tuple[float, float]:
    """By how much the edited face is sharper than it was, across and along the direction in which that differs most."""
    face = photo.faces[0]
    before, after = (cut(image, face.to_crop, len(face.crop)) for image in (photo.before, photo.image))
    blur = relative_blur(before, after, face.weight)
    return (0.0, 0.0) if blur is None else blur.sigmas


def main() -> None:
    """Blur, edit, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", nargs="*", type=Path)
    parser.add_argument("--to", default="neutral")
    parser.add_argument("--with", dest="editor", choices=EDITORS.ids)
    parser.add_argument("--first", type=int, help="only so many photographs")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    editor = asked.editor or best_here(asked.to).id
    print(f"Editing to {asked.to} with {editor}.")
    table = Table(box=None, pad_edge=False)
    for heading in ("Photograph", "Blur", "Sharpness kept", "As the editor makes it"):
        table.add_column(heading, no_wrap=True)
    totals: dict[str, list[float]] = {"input": [], "editor": []}
    for number, (name, whole) in enumerate(photographs(asked.photographs)):
        if asked.first is not None and number >= asked.first:
            break
        found = bonaface.edit(whole, asked.to, editor).faces[0].face
        for blur, given in cases(whole, found.width):
            edited = {
                sharpness: bonaface.edit(given, asked.to, editor, sharpness=sharpness, landmarks=found.landmarks)
                for sharpness in ("input", "editor")
            }
            by = {sharpness: sharper(photo) for sharpness, photo in edited.items()}
            for sharpness, sigmas in by.items():
                totals[sharpness].append(float(np.abs(sigmas).max()))
            table.add_row(name, blur, *("{:+.2f} {:+.2f}".format(*sigmas) for sigmas in by.values()))
            if asked.out is not None:
                row = np.hstack([given, edited["input"].image, edited["editor"].image])
                kind = blur.split(",")[0].replace(" ", "-")
                write_picture(asked.out / f"{name}-{kind}.png", to_bytes(row), overwrite=True)
    Console(width=max(Console().width, 100)).print(table)
    means = {sharpness: float(np.mean(values)) for sharpness, values in totals.items()}
    print(f"Mean of the larger one: {means['input']:.2f} px with its sharpness kept, {means['editor']:.2f} px without.")


if __name__ == "__main__":
    main()
