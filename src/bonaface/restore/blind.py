"""Blind face restorers that others published as ONNX graphs: one adapter for all families.

Their conventions end here: RGB in [-1, 1] as (N, 3, S, S). Names of inputs and outputs differ from edition to edition,
so that inputs are told by what they are: the picture, the weight of a knob, noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.catalog import Weights
from bonaface.core.errors import ImageError, InputError
from bonaface.core.images import MIN_THUMBNAIL, Image, Mask, Points, check_image
from bonaface.core.knobs import Knob, one_of, whole
from bonaface.faces.crops import TEMPLATE
from bonaface.graphs.engines import DEVICES, ENGINES
from bonaface.graphs.guard import look
from bonaface.graphs.onnx import Graph
from bonaface.graphs.tensors import Arrays, Tensor
from bonaface.restore.record import Restorer
from bonaface.restore.roles import Roles, adapter, told

BATCH = 4
"""Faces that go through a graph together, at most, where it lets them and a graphics card computes: the cores of a
processor are busy with one, and a batch would need its memory several times."""
KNOBS = (
    Knob("engine", "onnxruntime, openvino, or auto: OpenVINO where it is installed", one_of(*ENGINES)),
    Knob(
        "device", "what computes: cpu, cuda, rocm, coreml, directml; gpu or npu of OpenVINO; the cpu", one_of(*DEVICES)
    ),
    Knob("threads", "for one call; as many as there are processors", whole(1)),
)
"""What all of them can be told."""


class Blind:
    """A graph that restores aligned faces, ready; see `Restore`. Threads may share one.

    Attributes:
        engine: what computes: "onnxruntime" or "openvino".
        noise: "none"; "seeded" where the graph reads noise, which is drawn from `rng`; "unfixable" where the graph
            draws it inside, so that no two results are alike.
    """

    def __init__(self, name: str, graph: Graph, roles: Roles, *, w: float | None, drawn: bool, batch: int) -> None:
        """`w`: the weight, for graphs that read one; `drawn`: noise is drawn inside; `batch`: faces together."""
        self._name, self._graph, self._roles, self._w = name, graph, roles, w
        self._side = int(roles.picture.shape[2])
        free = isinstance(roles.picture.shape[0], str) and all(isinstance(noise.shape[0], str) for noise in roles.noise)
        self._batch = batch if free and not graph.one_by_one else 1
        self.engine = graph.engine
        self.noise = "unfixable" if drawn else "seeded" if roles.noise else "none"

    def __call__(
        self,
        image: Image,
        rng: np.random.Generator | None = None,
        occlusion: Mask | None = None,
        landmarks: Points | None = None,
    ) -> Image:
        """Restore one face.

        Args:
            image: (S, S, 3), a face aligned and cut out as the card's `crop` says.
            rng: for the noise of graphs that read some; None: seed 0.
            occlusion: not taken.
            landmarks: not taken.

        Returns:
            (S, S, 3) in [0, 1].

        Raises:
            ImageError: the picture is of another size, or not in [0, 1].
            InputError: an occlusion or landmarks.
            GraphMismatch: the graph delivered what it must not.
        """
        return self.restore_many([image], rng, [occlusion], [landmarks])[0]

    def restore_many(
        self,
        images: Sequence[Image],
        rng: np.random.Generator | None = None,
        occlusions: Sequence[Mask | None] | None = None,
        landmarks: Sequence[Points | None] | None = None,
    ) -> list[Image]:
        """As calling it for one face after another with the same `rng`; equal to that within rounding."""
        for what, hints in (("an occlusion", occlusions), ("landmarks", landmarks)):
            if any(hint is not None for hint in hints or ()):
                raise InputError(f"{self._name} was given {what}, and takes none. Leave it out.")
        for image in images:
            self._check(image)
        rng = np.random.default_rng(0) if rng is None else rng
        out: list[Image] = []
        for start in range(0, len(images), self._batch):
            some = images[start : start + self._batch]
            made = self._graph.run(self._inputs(some, rng))[self._roles.result.name]
            out += [_image(face) for face in made]
        return out

    def _check(self, image: Image) -> None:
        check_image(image, "The face to restore", MIN_THUMBNAIL)
        height, width = image.shape[:2]
        if (height, width) != (self._side, self._side):
            raise ImageError(
                f"The face to restore is {width}x{height} pixels; {self._name} reads {self._side}x{self._side}, "
                "aligned as FFHQ's faces are. Align and resize it first, or give the whole photograph."
            )

    def _inputs(self, images: Sequence[Image], rng: np.random.Generator) -> Arrays:
        """The convention of these graphs: RGB [0, 1] HWC -> RGB [-1, 1], (N, 3, S, S)."""
        pictures = np.stack(images).transpose(0, 3, 1, 2) * np.float32(2) - np.float32(1)
        given: Arrays = {self._roles.picture.name: pictures}
        if (weight := self._roles.weight) is not None:
            shape = tuple(len(images) if isinstance(axis, str) else axis for axis in weight.shape)
            given[weight.name] = np.full(shape, self._w, np.dtype(weight.dtype))
        drawn = [[_draw(noise, rng) for noise in self._roles.noise] for _ in images]  # face by face, as one by one
        for number, noise in enumerate(self._roles.noise):
            given[noise.name] = np.concatenate([of_face[number] for of_face in drawn])
        return given


def load(
    files: Mapping[str, Path],
    *,
    weights: Weights,
    side: int,
    engine: str = "auto",
    device: str = "cpu",
    threads: int | None = None,
) -> Blind:
    """A restorer without further knobs, from its verified file.

    Args:
        files: local paths by the names on the cards.
        weights: which of them.
        side: of the faces that it reads and delivers.
        engine: "onnxruntime", "openvino", or "auto": OpenVINO where it is installed.
        device: "cpu", "cuda" and so on, see `bonaface.graphs.engines`.
        threads: for one call; None: as many as there are processors.

    Raises:
        GraphMismatch: the file is refused, is not the graph that is expected, or the engine or device is not to be had.
    """
    return opened(files[weights.name], weights, side, None, engine, device, threads)


def record(
    name: str,
    weights: Weights,
    side: int,
    limits: tuple[str, ...],
    *,
    opens: Callable[..., Blind] = load,
    knobs: tuple[Knob, ...] = KNOBS,
    random: bool = False,
) -> Restorer:
    """The card of a restorer of this kind.

    Args:
        name: its id.
        weights: its one file, whose terms, source and training data are the restorer's.
        side: of the faces that it reads and delivers.
        limits: what it is known to do badly.
        opens: `load`, or one that takes more knobs.
        knobs: what that can be told.
        random: whether two calls with one input may differ.
    """
    return Restorer(
        id=name,
        licence=weights.licence,
        source=weights.source,
        load=partial(opens, weights=weights, side=side),
        weights=(weights,),
        input_size=(side, side),
        output_size=(side, side),
        crop=TEMPLATE,
        generative=True,
        random=random,
        knobs=knobs,
        limits=limits,
        training_data=weights.training_data,
        pastes=True,
    )


def opened(
    file: Path, weights: Weights, side: int, w: float | None, engine: str, device: str, threads: int | None
) -> Blind:
    """As `load`, from a path; `w` is the weight, for a graph that must read one."""
    seen = look(file)
    graph = Graph(file, adapter(side, weighted=w is not None), threads=threads, engine=engine, device=device)
    roles = told(graph.signature.inputs, graph.signature.outputs, side)
    if roles is None:
        raise RuntimeError(f"{file.name}: the signature that its adapter made has no picture in it")
    batch = 1 if device == "cpu" else BATCH
    return Blind(weights.id, graph, roles, w=w, drawn=bool(seen.random), batch=batch)


def _draw(noise: Tensor, rng: np.random.Generator) -> NDArray[np.float32]:
    return rng.standard_normal((1, *(int(axis) for axis in noise.shape[1:])), dtype=np.float32)


def _image(face: NDArray[Any]) -> Image:
    """(3, S, S) in [-1, 1], or a little beyond -> (S, S, 3) in [0, 1]."""
    return np.ascontiguousarray((np.clip(face, -1, 1).transpose(1, 2, 0) + np.float32(1)) * np.float32(0.5), np.float32)
