"""A worker on a machine that need not have the store, nor the faces: pictures are carried with what is asked and said.

Nothing of Ray is in here: `cluster` makes an actor of `Serving`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bonaface.api.measuring import missing
from bonaface.core.errors import BonafaceError, PictureError, WeightsMissing
from bonaface.core.images import Image, Picture
from bonaface.io.provenance import describe_machine_free_versions, sha256_bytes
from bonaface.io.weights import find_weights, sha256_of
from bonaface.measure import MEASURES
from bonaface.study.engine.pool import OUT_OF_MEMORY
from bonaface.study.engine.store import FORMAT, StoreError
from bonaface.study.engine.work import Chunk, Done, Worker
from bonaface.study.plan.cells import AUDIT, EDITING, SCORING, STEPS, engine_of, versions_of, weights_of
from bonaface.study.plan.contenders import Asked
from bonaface.study.plan.faces import Subject, decoded
from bonaface.study.plan.plans import Plan

Content = Mapping[str, bytes | str]
"""Of pictures' files, by the name of the subject; or why one cannot be read."""


def pictures_of(subject: Subject) -> list[Subject]:
    """Of a face, and of the same person with other expressions: those that can be used."""
    return [one for one in (subject, *subject.real.values()) if not one.why]


@dataclass(frozen=True, slots=True)
class Said:
    """Rows of some cells, and the PNGs that they name."""

    done: Done
    pictures: tuple[bytes, ...]


class Carried:
    """Pictures of a worker that has no store before it."""

    def __init__(self) -> None:
        self._subject: Subject | None = None
        self._content: Content = {}
        self._held: Mapping[str, bytes] = {}
        self._made: list[bytes] = []

    def begin(self, subject: Subject, content: Content | None, held: Mapping[str, bytes]) -> bool:
        """Before a chunk; false where the face's files cannot be reached from here, and have to be carried.

        Args:
            subject: of the chunk.
            content: of the files of the face and of its real pictures; None: look for them here.
            held: PNGs of the store that the chunk needs, by SHA-256.
        """
        self._held, self._made = held, []
        if subject == self._subject or subject.why:
            return True
        if content is None:
            found: dict[str, bytes | str] = {}
            for one in pictures_of(subject):
                try:
                    found[one.name] = data = one.content()
                except Exception:  # whatever is at that path here is not the face
                    return False
                if sha256_bytes(data) != one.id:
                    return False
            content = found
        self._subject, self._content = subject, content
        return True

    def face(self, subject: Subject) -> Picture:
        """As it was carried."""
        if subject.why:
            raise PictureError(subject.why)
        content = self._content[subject.name]
        if isinstance(content, str):
            raise PictureError(content)
        return subject.picture_of(content)

    def get(self, sha256: str) -> Image:
        """Of those that came with the chunk."""
        if sha256 not in self._held:
            raise StoreError(
                f"The picture {sha256} went from the store while the study ran. Run the same command again."
            )
        return decoded(self._held[sha256], f"{sha256}.png", 1).image()

    def put(self, data: bytes) -> str:
        """To be carried back with the rows."""
        self._made.append(data)
        return sha256_bytes(data)

    def taken(self) -> tuple[bytes, ...]:
        """What was made since the last time."""
        made, self._made = tuple(self._made), []
        return made


class Serving:
    """One worker: models are loaded once, by one thread for whatever computes."""

    def __init__(self, plan: Plan) -> None:
        import cv2

        cv2.setNumThreads(1)
        self._plan, self._carried = plan, Carried()
        self._worker = Worker(plan, self._carried)

    def standing(self) -> tuple[str, dict[str, str]]:
        """The machine's name, and `standing` there."""
        return socket.gethostname(), standing(self._plan)

    def do(
        self, chunk: Chunk, content: Content | None, held: Mapping[str, bytes]
    ) -> Iterator[Said | BonafaceError | None]:
        """Do a chunk.

        Args:
            chunk: of one face.
            content: see `Carried.begin`.
            held: likewise.

        Yields:
            What is done; an error after which nothing can go on; None where the face has to be carried.
        """
        if not self._carried.begin(chunk.subject, content, held):
            yield None
            return
        try:
            for done in self._worker(chunk):
                yield Said(done, self._carried.taken())
        except MemoryError:
            os._exit(OUT_OF_MEMORY)  # what is left of this process cannot be trusted
        except BonafaceError as error:
            yield error


def standing(plan: Plan) -> dict[str, str]:
    """Whatever results depend on beside the cells' own inputs, as it is on this machine: all workers must agree."""
    out = describe_machine_free_versions()
    out |= {"store": str(FORMAT), "steps": f"{STEPS}, {EDITING}, {SCORING}, {AUDIT}"}
    cards = [weights for contender in plan.contenders for weights in contender.card.weights]
    cards += [weights for name in plan.measures for weights in MEASURES[name].weights]
    for card in dict.fromkeys(cards):
        try:
            out[card.name] = sha256_of(find_weights(card))
        except WeightsMissing:
            out[card.name] = "not there"
    for each in plan.contenders:
        engine = engine_of(each)
        if engine != "none":
            out |= {f"the engine of {each.label}": engine} | versions_of(each, engine)
        if isinstance(each, Asked) and each.card.snapshot is not None:
            out[each.card.snapshot.id] = _folder(each)
    return out | {name: "cannot be computed" if missing(MEASURES[name]) else "there" for name in plan.measures}


def _folder(asked: Asked) -> str:
    try:
        return weights_of(asked)[asked.card.snapshot.id if asked.card.snapshot else ""]
    except BonafaceError:
        return "not there"
