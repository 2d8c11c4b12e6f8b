"""Audits of a folder that `bonaface restore` filled: every face at every stage of its way into the photograph.

A face is looked at three times: as the restorer delivered it, after it was pasted, and in the file that was written.
What the first invents need not arrive, and what pasting and saving add is not the restorer's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bonaface.api import Auditor
from bonaface.api.sources import open_picture
from bonaface.core.errors import BonafaceError, FramingError, InputError
from bonaface.core.images import Image, Plane, Similarity
from bonaface.core.results import Ledger, Score
from bonaface.faces.align import compose, rescaling, scale_of
from bonaface.faces.crops import cut, resized
from bonaface.faces.paste import paste, piece
from bonaface.jobs.audits import Failure, partners
from bonaface.jobs.restored import FaceRecord, PhotoRecord
from bonaface.measure.record import NotApplicable
from bonaface.measure.seam import colour_shift, seam

TITLE = "Restored faces, stage by stage"
STAGES = ("crop", "pasted", "delivered")
ABOUT = (
    "Each face at three stages, on the crop's grid. Crop: what the restorer delivered. Pasted: the photograph with it, "
    "before it was saved. Delivered: the file that was written. Seam: slope of luma across the paste's edge over that "
    "around it; its floor is the same place of the photograph without a paste. Colour shift: mean CIEDE2000 of the "
    "tone of the face against what the restorer was given."
)
MARGIN = 0.2
"""Around the crop, as a share of its side, that is looked at for seams."""
ALIKE = 0.01
"""How far the proportions of the real photograph and of the damaged one may differ."""


Named = tuple[str, Ledger | Failure]
"""The name of a photograph, face and stage; its ledger, or why there is none."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What `bonaface restore --keep-stages` kept of one face.

    Attributes:
        crop: (s, s, 3), what the restorer was given.
        restored: (t, t, 3), what it delivered.
        weight: (s, s) in [0, 1], how much of it was pasted.
    """

    crop: Image
    restored: Image
    weight: Plane


def kept_stages(folder: Path, record: PhotoRecord) -> dict[int, Kept]:
    """The stages of a photograph's restored faces, by their number; those that were not kept are absent.

    Raises:
        BonafaceError: one is missing, or is not of the size that was recorded.
    """
    out = {}
    for face in record.faces:
        if face.status != "ok" or not face.stages:
            continue
        place = folder / face.stages
        crop, restored, mask = (
            open_picture(place / f"{name}.png", name).image() for name in ("crop", "restored", "mask")
        )
        if not crop.shape[:2] == mask.shape[:2] == (face.crop_side, face.crop_side):
            raise InputError(
                f"The pictures in {place} are not of {face.crop_side} pixels, as recorded. Restore it again."
            )
        out[face.face] = Kept(crop, restored, np.ascontiguousarray(mask[..., 0]))
    return out


def paste_all(photo: Image, before: Image, record: PhotoRecord, kept: Mapping[int, Kept]) -> Image:
    """The photograph with its restored faces, as it was before it was saved.

    Args:
        photo: (H, W, 3), enlarged as the result is.
        before: (h, w, 3), as it was given.
        record: its record.
        kept: from `kept_stages`.
    """
    onto = _onto(photo, before)
    pieces = [
        piece(each.restored, each.crop, each.weight, compose(face.to_crop, onto), match=record.colour_match)[0]
        for face in record.faces
        if (each := kept.get(face.face)) is not None
    ]
    return paste(photo, pieces)[0]


def run(
    folder: Path,
    records: Sequence[PhotoRecord],
    auditor: Auditor,
    truth: Path | None = None,
    observed: Path | None = None,
) -> Iterator[Named]:
    """Audit every face of every photograph of a restored folder, stage by stage.

    Args:
        folder: what `bonaface restore` filled.
        records: its record, from `jobs.restored.read_records`.
        auditor: with the option `aligned`.
        truth: the real photograph, or a folder of them, paired by name; each framed as its photograph is.
        observed: where the photographs that were restored are now; None: where the record says.

    Yields:
        For a face that failed, and for a photograph that cannot be audited, one failure.
    """
    truths, _, _ = partners([folder / record.output for record in records], truth)
    inputs, _, _ = partners([Path(record.input) for record in records], observed)
    for record in records:
        name = Path(record.output or record.input).name
        if record.status == "failed" or not record.output:
            yield name, Failure(name, f"was not restored: {record.why}")
            continue
        try:
            photo = _Photo.open(folder, record, inputs.get(Path(record.input)), truths.get(folder / record.output))
            if truth is not None and photo.truth is None:
                raise InputError(f"There is no real photograph of the name {Path(name).stem} in {truth}.")
        except BonafaceError as error:
            yield name, Failure(name, str(error))
            continue
        for face in record.faces:
            yield from _face(photo, face, f"{name}-face{face.face}", auditor)


def _face(photo: _Photo, face: FaceRecord, name: str, auditor: Auditor) -> Iterator[Named]:
    if face.status != "ok":
        why = f"the restorer failed ({face.why}); the photograph's own pixels were kept, and are no restoration"
        yield name, Failure(name, why)
        return
    try:
        seen = _Seen.look(photo, face)
    except BonafaceError as error:
        yield name, Failure(name, str(error))
        return
    for stage in STAGES:
        title = f"{name}-{stage}"
        if stage not in seen.stages:
            yield title, Failure(title, "its stages were not kept: restore it again with --keep-stages")
            continue
        try:
            ledger = auditor.audit(
                open_picture(seen.stages[stage], title),
                None if seen.truth is None else open_picture(seen.truth, f"{name}, real"),
                open_picture(seen.given, f"{name}, given"),
            )
        except BonafaceError as error:
            yield title, Failure(title, str(error))
            continue
        yield title, replace(ledger, measures={**ledger.measures, **_pasting(photo, face, seen, stage)})


@dataclass(frozen=True, slots=True)
class _Photo:
    """The pictures of one restored photograph: before, pasted and delivered, and the real one."""

    before: Image
    enlarged: Image
    pasted: Image | None
    delivered: Image
    truth: Image | None
    kept: Mapping[int, Kept]

    @classmethod
    def open(cls, folder: Path, record: PhotoRecord, given: Path | None, truth: Path | None) -> _Photo:
        """Read them.

        Raises:
            BonafaceError: one is missing, or is not the file that the record names.
        """
        from bonaface.api.photos import enlarge

        source = given or Path(record.input_path)
        if not source.is_file():
            raise InputError(f"{source} is not there, which was restored. Say where it is with --observed.")
        before, delivered = open_picture(source, "photograph"), open_picture(folder / record.output, "output")
        if before.sha256 != record.input_sha256:
            raise InputError(f"{source} is not the photograph that was restored: its content is another.")
        if delivered.sha256 != record.output_sha256:
            raise InputError(f"{folder / record.output} was changed since it was restored. Restore it again.")
        real = None if truth is None else open_picture(truth, "truth").image()
        image = before.image()
        if real is not None:
            apart = abs(real.shape[1] / real.shape[0] * image.shape[0] / image.shape[1] - 1)
            if apart > ALIKE:
                raise FramingError(
                    f"The real photograph {truth} is {real.shape[1]}x{real.shape[0]}, the restored one "
                    f"{image.shape[1]}x{image.shape[0]}: they are not framed alike. Cut one as the other is."
                )
        enlarged = enlarge(image, record.scale)
        kept = kept_stages(folder, record)
        whole = all(face.stages for face in record.faces if face.status == "ok")
        pasted = paste_all(enlarged, image, record, kept) if whole else None
        return cls(image, enlarged, pasted, delivered.image(), real, kept)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One face on the crop's grid, and its paste weight."""

    given: Image
    stages: Mapping[str, Image]
    truth: Image | None
    weight: Plane | None

    @classmethod
    def look(cls, photo: _Photo, face: FaceRecord) -> _Seen:
        side, matrix = face.crop_side, face.to_crop

        def of(image: Image) -> Image:
            return cut(image, compose(matrix, _onto(image, photo.before)), side)

        stages = {"delivered": of(photo.delivered)}
        given, weight = cut(photo.before, matrix, side), None
        if face.face in photo.kept:
            kept = photo.kept[face.face]
            given, stages["crop"], weight = kept.crop, kept.restored, kept.weight
        if photo.pasted is not None:
            stages["pasted"] = of(photo.pasted)
        truth = None
        if photo.truth is not None:  # in its own resolution, but not above the crop's
            whole = compose(matrix, _onto(photo.truth, photo.before))
            own = int(np.clip(round(side / scale_of(whole)), 64, side))
            truth = cut(photo.truth, compose(rescaling((side, side), (own, own)), whole), own)
        return cls(given, stages, truth, weight)


def _pasting(photo: _Photo, face: FaceRecord, seen: _Seen, stage: str) -> dict[str, Score]:
    """What the paste did: seam and colour shift, with the photograph itself as the seam's floor."""
    unit = "ΔE00"
    inside = np.ones((face.crop_side,) * 2, np.bool_) if seen.weight is None else seen.weight > 0.5
    shown = resized(seen.stages[stage], face.crop_side)
    out = {"colour-shift": _score(lambda: colour_shift(shown, seen.given, inside), unit)}
    if stage == "crop" or seen.weight is None:
        why = "nothing is pasted yet" if stage == "crop" else "the paste's mask was not kept (--keep-stages)"
        return out | {"seam": Score.not_applicable(why), "seam:floor": Score.not_applicable(why)}
    image = photo.delivered if stage == "delivered" or photo.pasted is None else photo.pasted
    for name, picture in (("seam", image), ("seam:floor", photo.enlarged)):
        out[name] = _score(lambda picture=picture: _seam_of(picture, photo, face, seen.weight))
    return out


def _seam_of(picture: Image, photo: _Photo, face: FaceRecord, weight: Plane | None) -> float:
    """On a window around the crop, in the picture's own resolution where that is coarser than the crop's."""
    whole = compose(face.to_crop, _onto(picture, photo.before))
    coarser = min(1.0, 1 / scale_of(whole))
    side = round(face.crop_side * (1 + 2 * MARGIN) * coarser)
    shift = np.array([[coarser, 0, MARGIN * face.crop_side * coarser], [0, coarser, MARGIN * face.crop_side * coarser]])
    onto = compose(shift, whole)
    ones = np.ones(picture.shape[:2], np.float32)
    known = _planar(ones, onto, side) > 0.99
    assert weight is not None  # noqa: S101 - the caller looked
    return seam(cut(picture, onto, side), np.clip(_planar(weight, shift, side), 0, 1), known).score


def _planar(plane: Plane, matrix: Similarity, side: int) -> Plane:
    import cv2

    return np.asarray(cv2.warpAffine(plane, matrix, (side, side), flags=cv2.INTER_LINEAR), np.float32)


def _onto(image: Image, other: Image) -> Similarity:
    """From pixels of a picture to those of the same picture in another size."""
    return rescaling(image.shape[:2], other.shape[:2])


def _score(value: Any, unit: str = "") -> Score:
    try:
        return Score(float(value()), unit)
    except NotApplicable as reason:
        return Score.not_applicable(str(reason), unit)
