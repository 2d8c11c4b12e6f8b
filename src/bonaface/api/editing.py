"""`edit`: the expression of faces in a photograph changed, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonaface.api.cutting import CutFace, cut_faces, overall, unsure_note, unusable
from bonaface.api.editors import check_commercial, named_or_best, open_editor, reading_side, target_of
from bonaface.api.restoring import LandmarkSource, given_mask, located, not_looked_for, picked, to_points
from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.errors import BonafaceError, InputError
from bonaface.core.images import Image, Mask, Picture
from bonaface.edit import Edit, Editor
from bonaface.edit.change import Brought, bring_back, change_of
from bonaface.edit.mask import is_told, told_where
from bonaface.edit.sharpness import Blur
from bonaface.faces.align import transform, warp_mask
from bonaface.faces.paste import FEATHER, soft_inside

if TYPE_CHECKING:
    from bonaface.core.images import Plane, Points

STRONGEST = 3.0
"""The largest strength: beyond, little is left of the face."""
SHARPNESS = ("input", "editor")
"""Whose sharpness an edited face has."""
SMALLEST = 1 / 4
"""Width of the least crop that is edited, in pixels of the photograph, as a share of what the editor reads: below, it
would see little but what enlarging made."""
FINER = 1.5
"""From how many times the width of the other on, a crop is said to hold more than the other."""
EDGE = 0.03
"""Width of the soft edge inside a region that a person gave, as a share of the crop's side."""
REGION = ("region", "where the picture may change")
_ELSE = ": so can paintings, statues, avatars and animals be edited"


@dataclass(frozen=True, slots=True)
class EditOptions:
    """How the faces of a photograph are chosen, and how their change is brought back.

    Attributes:
        strength: of the change, 0 (none) to `STRONGEST`; 1 is what the editor makes.
        sharpness: "input": an edited face is as sharp as it was; "editor": as the editor makes it.
        face: which one, 1 is the largest; None: all of them. Where a box or landmarks say it, 1.
        box: x0, y0, x1, y1 in pixels of the photograph: where the one face is, for faces that no detector finds.
        landmarks: 68 landmarks in pixels of the photograph: where the features of the one face are.
        region: (H, W) of the photograph, True where it may change; None: the oval of each face.
        seed: of editors that are random; each face starts from it.
    """

    strength: float = 1.0
    sharpness: str = "input"
    face: int | None = 1
    box: tuple[float, float, float, float] | None = None
    landmarks: Points | None = None
    region: Mask | None = None
    seed: int = 0

    def check(self) -> None:
        """Refuse settings that mean nothing.

        Raises:
            InputError: a strength or a sharpness outside of what is possible; a face that is numbered and pointed at.
        """
        if not 0 <= self.strength <= STRONGEST:
            raise InputError(f"The strength is {self.strength:g}; expected 0 (no change) to {STRONGEST:g}.")
        if self.sharpness not in SHARPNESS:
            raise InputError(f"The sharpness is {self.sharpness!r}; expected {' or '.join(SHARPNESS)}.")
        if self.face != 1 and (self.box is not None or self.landmarks is not None):
            asked = "all faces were" if self.face is None else f"face {self.face} was"
            said = "a box says" if self.landmarks is None else "landmarks say"
            raise InputError(
                f"{said.capitalize()} where the one face is, and {asked} asked for. Leave one of them out."
            )


@dataclass(frozen=True, slots=True)
class EditedFace(CutFace):
    """One face of a photograph, and what became of it.

    Attributes:
        edited: (s, s, 3), what the editor delivered; None: it failed.
        blur: by how much crop and edited crop differed in sharpness, in pixels of the crop: positive where the editor
            sharpened, which was undone; None: it was not asked for, or could not be told.
    """

    edited: Image | None = None
    blur: Blur | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A photograph whose faces were found and cut out, before any was edited.

    Attributes:
        picture: as read.
        faces: to be edited; those that are too small have failed already.
        given: how the one face was pointed at, "box" or "landmarks"; empty: the faces were found.
        smallest: side in pixels of the smallest face that was looked for; 0: its place was given.
        doubts: what was not looked for, in plain language.
    """

    picture: Picture
    faces: tuple[EditedFace, ...]
    given: str = ""
    smallest: float = 0.0
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditedPhoto:
    """A photograph with edited faces.

    Attributes:
        before: (H, W, 3), the photograph.
        image: (H, W, 3), the same with edited faces.
        changed: (H, W), True in the edited region; everywhere else both have the same values.
        faces: in their order, the failed ones among them.
        target: the expression that they were given.
        editor: id of what gave it to them.
        given: how the one face was pointed at: "box", "landmarks", or empty: it was found.
        notes: what a person should know of it, in plain language.
        doubts: those of the notes that are about faces that are perhaps none, or were perhaps missed.
        smallest: side in pixels of the smallest face that was looked for; 0: its place was given.
    """

    before: Image
    image: Image
    changed: Mask
    faces: tuple[EditedFace, ...]
    target: str
    editor: str
    given: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    smallest: float = 0.0

    @property
    def status(self) -> str:
        """Of "ok", "partly" (some faces failed) and "failed" (all of them did)."""
        return overall(self.faces)


def edit(
    picture: PictureSource,
    to: str,
    editor: str | Editor | None = None,
    *,
    strength: float = 1.0,
    sharpness: str = "input",
    face: int | None = 1,
    box: tuple[float, float, float, float] | None = None,
    landmarks: LandmarkSource | None = None,
    region: PictureSource | None = None,
    seed: int = 0,
    knobs: Mapping[str, Any] | None = None,
    weights: str | Path | None = None,
    commercial_only: bool = False,
) -> EditedPhoto:
    """Change the expression of a face in a photograph, and nothing else.

    The face is cut out as the editor reads it. What the editor changed is added to the photograph at its own
    resolution, inside the edited region. A face that the editor fails on, or hands back as it was, is listed as failed.

    Args:
        picture: a path or an array of pixels.
        to: the expression, as "happy".
        editor: an id of `bonaface.edit.EDITORS`, or a record of one's own; None: the first of these that can make the
            expression and can be used here, as `bonaface edit` takes it; `EditedPhoto.editor` says which.
        strength: as in `EditOptions`, like the next two.
        sharpness: "input" or "editor".
        face: which one, 1 is the largest; None: all of them.
        box: where the one face is, for faces that no detector finds; no other one can be asked for then.
        landmarks: of the one face; likewise.
        region: a mask of the photograph's size, 255 or True where it may change; None: the oval of each face.
        seed: of editors that are random.
        knobs: of the editor, by name.
        weights: an expression layer of one's own in place of the editor's, as `bonaface train ridge` writes.
        commercial_only: refuse weights whose terms exclude commercial use.

    Raises:
        FaceNotFound: no face was found, and none was given.
        InputError: settings that mean nothing, an expression that the editor cannot make, a face that is too small, or
            an extra that is not installed.
        PictureError: a file that cannot be used.
        WeightsError: the editor's weights are not here, or are not what they should be.
    """
    file = None if weights is None else Path(weights)
    card = named_or_best(editor, to, own=file is not None, commercial_only=commercial_only)
    target = target_of(card, to, file)
    if commercial_only:
        check_commercial(card, own=file is not None, landmarks=landmarks is not None)
    opened = open_picture(picture, "picture")
    size = (opened.pixels.shape[0], opened.pixels.shape[1])
    options = EditOptions(
        strength=strength,
        sharpness=sharpness,
        face=face,
        box=box,
        landmarks=None if landmarks is None else to_points(landmarks),
        region=None if region is None else given_mask(region, size, "photograph", *REGION),
        seed=seed,
    )
    prepared = prepare(opened, card, target, options)
    return finish(prepared, card, open_editor(card, knobs or {}, file), target, options)


def prepare(picture: Picture, card: Editor, target: str, options: EditOptions) -> Prepared:
    """Find the faces of a photograph, and cut them out as the editor reads them.

    What may change is the region that a person gave; else, for editors that can be told where, the parts of the face
    that the expression moves; else the oval of the face, with the forehead.

    Raises:
        FaceNotFound, InputError: as `edit`.
    """
    options.check()
    side = reading_side(card)
    size = picture.pixels.shape[:2]
    if options.region is not None and (options.region.shape != size or not options.region.any()):
        found = "x".join(map(str, options.region.shape[::-1]))
        raise InputError(
            f"The region is {found} pixels, {int(options.region.sum()):,} of them white; expected "
            f"{size[1]}x{size[0]}, the size of {picture.name}, with the part white that may change."
        )
    given = "landmarks" if options.landmarks is not None else "box" if options.box is not None else ""
    number = None if given else options.face
    search = located(picture, number, options.box, options.landmarks, _ELSE)
    chosen = picked(search.faces, number, picture.name)
    by_parts = options.region is None and is_told(card, target)
    shape = "face" if options.region is None and not by_parts else "box"
    faces = []
    for cut in cut_faces(picture, search, chosen, side, card.crop, shape, FEATHER):
        points = transform(cut.face.landmarks, cut.to_crop)
        told = told_where(card, target, points, (side, side)) if by_parts else None
        weight = cut.weight if told is None else cut.weight * told
        faces.append(EditedFace(cut.number, cut.face, cut.to_crop, cut.crop, weight, why=_too_small(cut)))
    if all(face.why for face in faces):
        raise InputError(f"{picture.name}: {faces[0].why}")
    doubts = not_looked_for(search) if number is None else ()
    return Prepared(picture, tuple(faces), given, search.smallest, doubts)


def finish(prepared: Prepared, card: Editor, ready: Edit, target: str, options: EditOptions) -> EditedPhoto:
    """Edit the faces of a prepared photograph, and bring what was changed back into it."""
    photo = prepared.picture.image()
    region = None if options.region is None else soft_inside(options.region, _edge(prepared.faces))
    faces, changes = [], []
    for face in prepared.faces:
        weight, made = _run(face, card, ready, target, options)
        if made.edited is not None:
            change = change_of(face.crop, made.edited, weight, keep_sharpness=options.sharpness == "input")
            made = replace(made, blur=change.blur)
            changes.append(Brought(change, face.weight, face.to_crop))
        faces.append(made)
    image, changed = bring_back(photo, changes, options.strength, region)
    doubts = (*unsure_note(faces, f"{card.id} paints one"), *prepared.doubts)
    notes = (*doubts, *_notes(faces, prepared.given, options, changed))
    return EditedPhoto(
        photo, image, changed, tuple(faces), target, card.id, prepared.given, notes, doubts, prepared.smallest
    )  # fmt: skip


def _run(face: EditedFace, card: Editor, ready: Edit, target: str, options: EditOptions) -> tuple[Plane, EditedFace]:
    """The region on the crop's grid, with its soft edge, and the face edited, or failed and why."""
    weight, size = face.weight, face.crop.shape[:2]
    if options.region is not None:
        inside = warp_mask(options.region, face.to_crop, (size[0], size[1]))
        weight = weight * soft_inside(inside, EDGE * size[0])
    if face.why:
        return weight, face
    if not (weight > 0).any():
        why = "the region lies outside of what the editor reads: make it reach into the face"
        return weight, replace(face, why=why)
    try:
        rng = np.random.default_rng(options.seed)
        made = ready(face.crop, target, rng, *([weight > 0] if card.takes_region else []))
        why = unusable(made, face.crop, card.input_size, "the editor")
    except BonafaceError as error:
        why = str(error)
    except Exception as error:
        why = f"the editor stopped with {type(error).__name__}: {error}"
    return weight, replace(face, why=why) if why else replace(face, edited=np.asarray(made, np.float32))


def _edge(faces: Sequence[EditedFace]) -> float:
    """Of a region that a person gave, in pixels of the photograph."""
    return max(1.0, EDGE * float(np.median([face.width for face in faces])))


def _too_small(face: CutFace) -> str:
    reads = len(face.crop)
    if face.width >= SMALLEST * reads:
        return ""
    return (
        f"face {face.number} is too small: its crop is {face.width:.0f} px wide, where the editor reads {reads}; at "
        f"least {SMALLEST * reads:.0f} are needed. Give the photograph in its original size, or enlarge it first "
        "(bonaface restore --scale 4)"
    )


def _notes(faces: Sequence[EditedFace], given: str, options: EditOptions, changed: Mask) -> tuple[str, ...]:
    notes = []
    done = [face for face in faces if face.edited is not None]
    if given == "box":
        notes.append("the face was not found but given as a box, in which its landmarks were predicted: look at it")
    elif given:
        notes.append("the face was not found but given by its landmarks")
    if options.strength == 0:
        notes.append("the strength is 0: the picture is as it was")
    elif done and not changed.any():
        notes.append("the region and the faces do not meet: the picture is as it was")
    if small := [face for face in done if len(face.crop) > FINER * face.width]:
        notes.append(
            f"{_which(small)} smaller than what the editor reads (its crop is {small[0].width:.0f} px wide, enlarged "
            f"to {len(small[0].crop)})"
        )
    if large := [face for face in done if face.width > FINER * len(face.crop)]:
        notes.append(
            f"{_which(large)} larger than what the editor reads (its crop is {large[0].width:.0f} px wide, of which it "
            f"reads {len(large[0].crop)}): what it changed is coarser than the photograph"
        )
    if options.sharpness == "input" and (unknown := [face for face in done if face.blur is None]):
        numbers = ", ".join(str(face.number) for face in unknown)
        notes.append(f"there is too little detail to tell how sharp face {numbers} is: it is as the editor made it")
    return tuple(notes)


def _which(faces: Sequence[CutFace]) -> str:
    more = f", like {len(faces) - 1} more," if len(faces) > 1 else ""
    return f"face {faces[0].number}{more} is"
