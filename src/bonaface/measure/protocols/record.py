"""What a protocol of a paper fixes, and what that paper printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bonaface.core.catalog import Source


@dataclass(frozen=True, slots=True)
class Published:
    """A row that somebody printed.

    Attributes:
        who: the method, and the damage or data where they differ ("GPEN, 64 px").
        values: by the id of the measure whose convention comes nearest.
        also: printed numbers that no measure here computes by the same convention, by their printed name.
    """

    who: str
    values: Mapping[str, float]
    also: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a paper measured: a bundle of measures with everything else that its numbers depend on.

    Attributes:
        id: as on the command line.
        title: of the test.
        source: the paper.
        measures: ids, in the paper's order.
        size: width and height that pictures must have; None: the paper has several.
        aligned: the pictures are FFHQ-aligned crops of one face.
        inputs: how the pictures were damaged.
        truth: what outputs are compared with.
        reference: what FID compares with.
        faces: how many the paper measured.
        traps: what makes numbers differ from the printed ones although nothing is wrong.
        rows: what was printed.
    """

    id: str
    title: str
    source: Source
    measures: tuple[str, ...]
    size: tuple[int, int] | None
    aligned: bool
    inputs: str
    truth: str
    reference: str
    faces: int
    traps: tuple[str, ...]
    rows: tuple[Published, ...]
