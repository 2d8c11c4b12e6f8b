"""What an audit says: scores, findings and the ledger that holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bonaface.core.images import Plane
from bonaface.core.regions import Region


class Status(StrEnum):
    """Whether there is a number."""

    OK = "ok"
    NOT_APPLICABLE = "not_applicable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Score:
    """A number with its unit, or the reason why there is none.

    Raises:
        ValueError: NaN, or a status that does not fit the value.
    """

    value: float | None
    unit: str = ""
    status: Status = Status.OK
    why: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.status is Status.OK):
            raise ValueError(f"a score with status {self.status} and value {self.value}")
        if self.value is not None and math.isnan(self.value):
            raise ValueError("NaN is not a score; say why there is none")
        if self.value is None and not self.why:
            raise ValueError("a score without a value says why")

    @classmethod
    def not_applicable(cls, why: str, unit: str = "") -> Score:
        """There is no such number here."""
        return cls(None, unit, Status.NOT_APPLICABLE, why)

    @classmethod
    def failed(cls, why: str, unit: str = "") -> Score:
        """There should be a number, and computing it went wrong."""
        return cls(None, unit, Status.FAILED, why)

    def as_dict(self) -> dict[str, Any]:
        """JSON form; an infinite value is null with `limit` "+inf" or "-inf"."""
        out: dict[str, Any] = {"value": self.value, "unit": self.unit, "status": str(self.status)}
        if self.value is not None and math.isinf(self.value):
            out |= {"value": None, "limit": "+inf" if self.value > 0 else "-inf"}
        if self.why:
            out["why"] = self.why
        return out


class Aspect(StrEnum):
    """What a finding is about."""

    TEXTURE = "texture"
    KEYPOINTS = "keypoints"
    GEOMETRY = "geometry"
    COLOUR = "colour"
    IDENTITY = "identity"
    ASYMMETRY = "asymmetry"
    ATTRIBUTES = "attributes"
    EXPRESSION = "expression"


class Verdict(StrEnum):
    """What became of one aspect of one region."""

    KEPT = "kept"
    LOST = "lost"
    INVENTED = "invented"
    ALTERED = "altered"
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One aspect of one region, judged.

    Attributes:
        region: where.
        aspect: what.
        detail: which part of the aspect: a band of detail ("finest"), a landmark group, a pair ("eye colour").
        verdict: see `audit.ledger`.
        score: the number that the severity is made from, in natural units.
        floor: the same number on harmless variants of the truth.
        severity: (score - floor) / (1 - floor) with both as shares of full scale; None where undecidable.
        sentence: in plain language.
        evidence: everything else that was measured for it, by name; the controls among them.
    """

    region: Region
    aspect: Aspect
    detail: str
    verdict: Verdict
    score: Score
    floor: Score
    severity: float | None
    sentence: str
    evidence: Mapping[str, Score] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def found_by(self) -> str:
        """How the place was found: "landmarks" or "parser"; readers look at a crop that landmarks place."""
        if self.aspect is Aspect.EXPRESSION and self.region is Region.TEETH:
            return "parser"
        read = self.aspect in (Aspect.ATTRIBUTES, Aspect.EXPRESSION)
        return "landmarks" if read else self.region.found_by

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "region": str(self.region),
            "standard_term": self.region.standard_term,
            "found_by": self.found_by,
            "aspect": str(self.aspect),
            "detail": self.detail,
            "verdict": str(self.verdict),
            "severity": None if self.severity is None else round(self.severity, 6),
            "score": self.score.as_dict(),
            "floor": self.floor.as_dict(),
            "sentence": self.sentence,
            "evidence": {name: score.as_dict() for name, score in self.evidence.items()},
        }


NOT_FOR_IDENTIFICATION = (
    "Not for identification. An audit says which detail of a picture is supported by the real photograph; it never "
    "says whether two pictures show the same person."
)
SCHEMA_VERSION = 1
"""Of the JSON form of a ledger: raised whenever a reader of the older form would read it wrongly."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that an audit of one face in one output says.

    Attributes:
        findings: worst first.
        measures: whole-picture numbers by id ("psnr"), and their floors and controls as "psnr:floor" and so on.
        maps: "invented" and "lost", (H, W) float32 on the truth's pixel grid; empty without a truth. Of an edited
            expression: "changed", CIEDE2000 on the neutral picture's.
        arrays: what the pictures of a report are drawn from (landmarks, keypoints, histograms), by name.
        framing: how the output was registered on the truth.
        faces: boxes and landmarks, by field name.
        controls: what the null controls are, by name, or why there is none.
        damage: what can be said of the damage, by name.
        notes: what a reader should know ("16-bit picture").
        provenance: hashes, parameters, seeds, versions, command.
        regions: by region, how it was found, its name in the standards and its pixels; empty without a truth.
        readings: what the readers see in each picture ("truth", "output"): "attributes" and "expression" by name. They
            speak of the picture, never of the person.
        descriptions: what a describer wrote of truth and output, section by section, and how far they agree; empty
            where none was asked.
        expression: of the audit of an edited expression, what was asked for, a summary in a sentence, and what was seen
            in each picture; empty for any other.
    """

    findings: tuple[Finding, ...]
    measures: Mapping[str, Score]
    maps: Mapping[str, Plane]
    arrays: Mapping[str, Any]
    framing: Mapping[str, Any]
    faces: Mapping[str, Any]
    controls: Mapping[str, str]
    damage: Mapping[str, Score]
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]
    regions: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    readings: Mapping[str, Mapping[str, Mapping[str, Score]]] = field(default_factory=lambda: MappingProxyType({}))
    descriptions: Mapping[str, Any] = field(default_factory=dict)
    expression: Mapping[str, Any] = field(default_factory=dict)

    @property
    def judged(self) -> bool:
        """Whether there was something to compare the output with."""
        return bool(self.maps) or bool(self.expression)

    def as_dict(self) -> dict[str, Any]:
        """JSON form, without maps and arrays; the schema is `report/ledger.schema.json`."""
        return {
            "schema": "bonaface/ledger",
            "schema_version": SCHEMA_VERSION,
            "note": NOT_FOR_IDENTIFICATION,
            "summary": {str(verdict): sum(f.verdict is verdict for f in self.findings) for verdict in Verdict},
            "findings": [finding.as_dict() for finding in self.findings],
            "measures": {name: score.as_dict() for name, score in self.measures.items()},
            "damage": {name: score.as_dict() for name, score in self.damage.items()},
            "regions": {name: dict(about) for name, about in self.regions.items()},
            "readings": {
                role: {
                    kind: {name: score.as_dict() for name, score in scores.items()} for kind, scores in kinds.items()
                }
                for role, kinds in self.readings.items()
            },
            "descriptions": dict(self.descriptions),
            "framing": dict(self.framing),
            "faces": dict(self.faces),
            "controls": dict(self.controls),
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        } | ({"expression": dict(self.expression)} if self.expression else {})

    def worst(self, count: int = 5) -> tuple[Finding, ...]:
        """The `count` most severe findings that are neither kept nor undecidable."""
        found = (f for f in self.findings if f.verdict not in (Verdict.KEPT, Verdict.UNDECIDABLE))
        return tuple(found)[:count]
