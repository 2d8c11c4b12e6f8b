"""An edited expression in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from bonaface.audit.expressions.rules import SHIFT_MARGIN
from bonaface.audit.expressions.sentences import EYES, went
from bonaface.audit.expressions.words import Words
from bonaface.audit.sentences import number, percent
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Verdict


def summary(found: Sequence[Finding], words: Words) -> str:
    """What matters most: the mouth, the teeth, the reader's word, and a face that turned into another's.

    "The mouth moved 12% of what the real smile moves it; the teeth of the real smile are missing; ..."
    """
    by_key = {(each.aspect, each.detail): each for each in found}
    parts = [_mouth(by_key[Aspect.GEOMETRY, "mouth"], words), _teeth(by_key[Aspect.EXPRESSION, "teeth"], words)]
    parts += [_reader(by_key[Aspect.EXPRESSION, "expression"], words), _identity(by_key[Aspect.IDENTITY, "embedding"])]
    parts += [_outside(found, words)]
    said = "; ".join(part for part in parts if part)
    return f"{said[:1].upper()}{said[1:]}."


def _mouth(finding: Finding, words: Words) -> str:
    evidence = finding.evidence
    if evidence["share"].value is None:
        moved, floor = evidence["neutral-generated"], finding.floor
        if floor.value is not None and (moved.value or 0.0) <= floor.value + SHIFT_MARGIN:
            return f"the mouth did not move beyond the noise ({number(moved)} {EYES}, floor {number(floor)})"
        return f"the mouth moved by {number(moved)} {EYES} (floor {number(floor)})"
    return f"the mouth {went(evidence, words)} it"


def _teeth(finding: Finding, words: Words) -> str:
    if finding.verdict is Verdict.LOST:
        return f"the teeth of {words.real} are missing"
    return f"it shows teeth, which {words.real} does not" if finding.verdict is Verdict.INVENTED else ""


def _reader(finding: Finding, words: Words) -> str:
    if finding.verdict is Verdict.UNDECIDABLE:
        return ""
    read = {name.partition(":")[2]: score for name, score in finding.evidence.items() if name.startswith("in-output:")}
    label = max(read, key=lambda name: read[name].value or 0.0)
    likely = percent(read[label])
    if finding.verdict is Verdict.KEPT:
        return f"the reader sees {words.label} ({likely} likely)"
    return f"the reader sees {label} ({likely} likely), not {words.label}"


def _identity(finding: Finding) -> str:
    if finding.verdict is not Verdict.ALTERED:
        return ""
    more = f"farther than an expression accounts for ({number(finding.floor)})"
    return f"the face embedding turned by {number(finding.score)}, {more}"


def _outside(found: Sequence[Finding], words: Words) -> str:
    outside = [each for each in found if each.detail == "outside" and each.verdict is Verdict.ALTERED]
    if not outside:
        return ""
    worst = max(outside, key=lambda each: each.severity or 0.0)
    where = f"of the face where {words.any} needs no change"
    if worst.region is Region.BACKGROUND:
        where = "of the picture around the face"
    return f"{percent(worst.score)} {where} changed visibly"
