"""`measure`: the numbers of one picture, or of one against its truth, each by its stated convention."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bonaface.api import wiring
from bonaface.api.placing import check_framing, on_one_grid
from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.cases import Case, Face
from bonaface.core.errors import BonafaceError, InputError, UnknownName, WeightsMissing
from bonaface.core.images import MIN_THUMBNAIL, Picture, to_bytes
from bonaface.core.results import Score
from bonaface.io.weights import find_weights, how_to_get, locate

if TYPE_CHECKING:
    from bonaface.measure.record import Measure

SETS_ONLY = "it measures many pictures at once, not one: see `measure_set`"
Resize = Literal["output", "truth"]
"""Which picture is brought to the other's size."""


@dataclass(frozen=True, slots=True)
class Options:
    """How pictures are compared.

    Attributes:
        aligned: they are crops of one face in FFHQ's alignment; a face need not be detected.
        framing: check first that output and truth show the same scene in the same framing.
        resize: which of two pictures of different sizes is brought to the other's; None: they are refused.
        size: width and height that pictures must have, as a protocol fixes it; None: any.
    """

    aligned: bool = False
    framing: bool = True
    resize: Resize | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one picture.

    Attributes:
        scores: by the measure's id ("lmd"), and its parts after a colon ("lmd:px").
        notes: what a reader should know ("4 faces were found ...").
    """

    scores: Mapping[str, Score]
    notes: tuple[str, ...] = ()


def by_protocol(name: str, options: Options) -> tuple[tuple[str, ...], Options]:
    """The measures of a paper's protocol, and the options that it fixes.

    Raises:
        UnknownName: there is no such protocol.
        InputError: sizes shall be changed, which would change its numbers.
    """
    from bonaface.measure.protocols import PROTOCOLS

    protocol = PROTOCOLS[name]
    if protocol.size is not None and options.resize is not None:
        raise InputError(f"{name} measures pictures as they were delivered, without resizing. Leave --resize out.")
    return protocol.measures, replace(options, aligned=options.aligned or protocol.aligned, size=protocol.size)


def choose(
    names: Sequence[str] | None, given: Iterable[str], *, everything: bool = False, niqe: Path | None = None
) -> tuple[Measure, ...]:
    """The measures that are asked for.

    Args:
        names: ids; None: those that what is given, and the weights that are here, suffice for.
        given: the fields of a `Case` that will be there ("output", "truth").
        everything: all of the catalog instead; what cannot be computed will say so.
        niqe: a file that `fit_niqe` wrote: adds `niqe-own`.

    Raises:
        UnknownName: with the nearest names.
        InputError: none is asked for.
    """
    from bonaface.measure import MEASURES
    from bonaface.measure.naturalness import own_niqe, read_model

    own = () if niqe is None else (own_niqe(niqe),)
    if niqe is not None:
        read_model(niqe)  # a file that cannot be used is told before any picture is looked at
    if everything:
        return (*MEASURES, *own)
    if names is not None:
        chosen = tuple(MEASURES[name] for name in dict.fromkeys(names))
    else:
        there = set(given)
        chosen = tuple(m for m in MEASURES if there.issuperset(m.given) and not missing(m))
    if not chosen and not own:
        raise InputError("No measure was named. Name some (`bonaface measure list` shows them), or leave them out.")
    return (*chosen, *own)


@dataclass(slots=True)
class Measurer:
    """Measures pictures one after another; what the measures need is loaded once."""

    measures: Sequence[Measure]
    options: Options = field(default_factory=Options)
    _functions: dict[str, Callable[..., Any] | Score] = field(default_factory=dict)

    def __call__(
        self,
        output: PictureSource,
        truth: PictureSource | None = None,
        observed: PictureSource | None = None,
        target: str | None = None,
        neutral: PictureSource | None = None,
    ) -> Measured:
        """Measure one picture; see `bonaface.measure`."""
        target = check_target(target)
        made = open_picture(output, "output")
        real = None if truth is None else open_picture(truth, "truth")
        damaged = None if observed is None else open_picture(observed, "observed", MIN_THUMBNAIL)
        before = None if neutral is None else open_picture(neutral, "neutral")
        given = {"output": made, "truth": real, "observed": damaged, "neutral": before}
        notes = [f"{role}: {note}" for role, p in given.items() if p is not None for note in p.notes]
        image, reference = made.image(), None if real is None else real.image()
        for role, checked in (("output", image), ("truth", reference)):
            _check_size(role, checked, self.options.size)
        faces: dict[str, Face] = {}
        with wiring.one_thread_each():
            if reference is not None and any("truth" in measure.given for measure in self.measures):
                image, reference = on_one_grid(image, reference, self.options.resize)
                if self.options.framing:
                    notes += check_framing(image, reference, declared=self.options.aligned)
            if any("faces" in measure.needs for measure in self.measures):
                faces = self._faces(_on_grid(made, image), None if real is None else _on_grid(real, reference), notes)
                if before is not None and any("neutral" in measure.faces for measure in self.measures):
                    faces |= self._neutral(before, made, faces)
            case = Case(
                image,
                reference,
                None if damaged is None else damaged.image(),
                None if before is None else before.image(),
                target=target,
                faces=faces,
            )
            return Measured(self._scores(case), tuple(notes))

    def _scores(self, case: Case) -> dict[str, Score]:
        out: dict[str, Score] = {}
        for measure in self.measures:
            if measure.scope == "set":
                out[measure.id] = Score.not_applicable(SETS_ONLY, measure.unit)
                continue
            for part, score in self._one(measure, case).items():
                out[f"{measure.id}:{part}" if part else measure.id] = score
        return out

    def _one(self, measure: Measure, case: Case) -> dict[str, Score]:
        if any(getattr(case, name) is None for name in measure.given):
            return measure.scores(case, lambda: 0.0)  # says what is missing; nothing is loaded for that
        if measure.id not in self._functions:
            self._functions[measure.id] = _loaded(measure)
        function = self._functions[measure.id]
        if isinstance(function, Score):
            return {"": function}
        try:
            return measure.scores(case, function)
        except Exception as error:  # one number that cannot be computed must not cost the others
            return {"": Score.failed(f"{type(error).__name__}: {error}", measure.unit)}

    def _faces(self, made: Picture, real: Picture | None, notes: list[str]) -> dict[str, Face]:
        """The largest face of the truth, and the one in its place in the output; without a truth, the output's."""
        from bonaface.api.faces import find_faces

        first, role = (made, "output") if real is None else (real, "truth")
        found = find_faces(first, aligned=self.options.aligned, required=False)
        if not found:
            return {}
        if len(found) > 1:
            notes.append(f"{len(found)} faces were found in {first.name}; the largest is measured.")
        # Both are looked at alike, at the same place and scale: equal pictures have equal landmarks.
        pictures = {"output": made} | ({} if real is None else {"truth": real})
        same = {name: wiring.locator().same_face(to_bytes(p.image()), found[0]) for name, p in pictures.items()}
        return {role: found[0]} | {name: face for name, face in same.items() if face is not None}

    def _neutral(self, before: Picture, made: Picture, faces: Mapping[str, Face]) -> dict[str, Face]:
        """The face of the picture that was edited: at the output's place where both are of one size; else its own."""
        from bonaface.api.faces import find_faces

        near = faces.get("output") if before.pixels.shape[:2] == made.pixels.shape[:2] else None
        same = None if near is None else wiring.locator().same_face(to_bytes(before.image()), near)
        found = [same] if same is not None else find_faces(before, aligned=self.options.aligned, required=False)
        return {"neutral": found[0]} if found else {}


def measure(
    output: PictureSource,
    truth: PictureSource | None = None,
    observed: PictureSource | None = None,
    *,
    measures: Sequence[str] | str | None = None,
    protocol: str | None = None,
    target: str | None = None,
    neutral: PictureSource | None = None,
    aligned: bool = False,
    framing: bool = True,
    resize: Resize | None = None,
    niqe: str | PathLike[str] | None = None,
) -> Mapping[str, Score]:
    """Measure a picture, or a picture against its truth.

    Args:
        output: what a model delivered: a path, or an array (H, W, 3) of RGB, uint8, uint16 or floats in [0, 1].
        truth: the real photograph, in the same size and framing.
        observed: the damaged picture that the model was given.
        measures: ids of `bonaface.measure.MEASURES`, or one text with commas between them; None: all that what is
            given, and the weights here, suffice for.
        protocol: a paper's way of measuring, of `bonaface.measure.protocols.PROTOCOLS`, in place of `measures`: it
            fixes them, the size, and whether pictures are aligned crops.
        target: the expression that was asked for ("happy", "happiness"), for `ecs` and `clip-semantics`.
        neutral: the picture that an expression editor started from.
        aligned: the pictures are FFHQ-aligned crops of one face.
        framing: check first that output and truth show the same scene in the same framing.
        resize: where sizes differ, which picture is brought to the other's size (area averaging, or Lanczos to
            enlarge); None: refused.
        niqe: a file that `bonaface measure fit-niqe` wrote: adds `niqe-own`.

    Returns:
        By the measure's id, and its parts after a colon ("lmd:px"). What cannot be computed says why.

    Raises:
        PictureError: a file that cannot be used.
        ImageError: an array that is no picture.
        FramingError: output and truth do not show the same scene in the same framing.
        InputError: sizes that differ, without `resize`; an unknown target.
        UnknownName: there is no such measure.
    """
    given = {"output": output, "truth": truth, "observed": observed, "target": target, "neutral": neutral}
    there = [name for name, value in given.items() if value is not None]
    options = Options(aligned, framing, resize)
    if isinstance(measures, str):
        measures = [name.strip() for name in measures.split(",") if name.strip()]
    if protocol is not None:
        if measures is not None:
            raise InputError("Both measures and a protocol were given. Give one of them.")
        measures, options = by_protocol(protocol, options)
    chosen = choose(measures, there, niqe=None if niqe is None else Path(niqe))
    return Measurer(chosen, options)(output, truth, observed, target, neutral).scores


def fit_niqe(pictures: Iterable[Path], block: int, about: str) -> tuple[dict[str, Any], list[tuple[Path, str]]]:
    """The statistics of natural pictures, for `niqe-own`.

    Args:
        pictures: files.
        block: pixels a side of the blocks, even.
        about: what the pictures are.

    Returns:
        What goes into the JSON file, and the pictures that could not be read, with why.

    Raises:
        InputError: too few sharp blocks.
    """
    from bonaface.measure.naturalness import as_dict, fit

    failed: list[tuple[Path, str]] = []
    read = [0]

    def images() -> Iterable[Any]:
        for path in pictures:
            try:
                image = open_picture(path, "picture").image()
            except BonafaceError as error:
                failed.append((path, str(error)))
                continue
            read[0] += 1
            yield image

    with wiring.one_thread_each():
        model, blocks = fit(images(), block)
    return as_dict(model, read[0], blocks, about), failed


def check_target(target: str | None) -> str | None:
    """The expression that a word stands for, as the reader names it ("happy": "happiness"); None stays None.

    Raises:
        InputError: no such expression, with the ones there are.
    """
    from bonaface.core.expressions import EXPRESSIONS, expression_named
    from bonaface.measure.expression import NAMES

    if target is None:
        return None
    try:
        return expression_named(target).label
    except UnknownName:
        near = difflib.get_close_matches(target.lower(), [*EXPRESSIONS.ids, *NAMES], n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(
            f"The expression asked for is {target!r}; expected one of {', '.join(NAMES)}, or the adjective "
            f"({', '.join(EXPRESSIONS.ids)}).{hint}"
        ) from None


def _check_size(role: str, image: Any, size: tuple[int, int] | None) -> None:
    if image is not None and size is not None and image.shape[1::-1] != size:
        raise InputError(
            f"The {role} is {image.shape[1]}x{image.shape[0]} pixels; the protocol measures {size[0]}x{size[1]}. "
            "Deliver it in that size (resizing afterwards changes the numbers), or name the measures yourself."
        )


def missing(measure: Measure) -> str:
    """Why it cannot be computed on this machine, and what to do; empty: it can. No file is read."""
    if measure.absent:
        return f"{' and '.join(measure.absent)} must be installed: {measure.install}"
    return " ".join(f"{card.name} is not here. {how_to_get(card)}" for card in measure.weights if not locate(card))


def _loaded(measure: Measure) -> Callable[..., Any] | Score:
    if why := missing(measure):
        return Score.not_applicable(why, measure.unit)
    try:
        return measure.load({card.name: find_weights(card) for card in measure.weights})
    except WeightsMissing as error:
        return Score.not_applicable(str(error), measure.unit)
    except BonafaceError as error:
        return Score.failed(str(error), measure.unit)


def _on_grid(picture: Picture, image: Any) -> Picture:
    """The picture, with the pixels that are measured: it may have been resized."""
    if image.shape == picture.pixels.shape:
        return picture
    return Picture(pixels=image, sha256=picture.sha256, name=picture.name)
