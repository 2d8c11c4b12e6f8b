"""Which facial features are hallucinated most: findings of audits, counted by picture and summed up by person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bonaface.core.regions import Region
from bonaface.core.results import Verdict
from bonaface.study.numbers.intervals import DRAWS, Estimate, mean_of
from bonaface.study.numbers.statistics import ALPHA, Values, holm, paired

Row = dict[str, Any]
HALLUCINATED = (Verdict.INVENTED, Verdict.ALTERED)
"""Verdicts that say that something is there which is not in the truth; what is only lost is not hallucinated."""
FEATURES = tuple(region for region in Region if region not in (Region.WHOLE_FACE, Region.BACKGROUND))
"""Parts of the face that compete for being hallucinated most."""
FEWER_DRAWS = 500
"""For the many cells of a heat map."""


@dataclass(slots=True)
class Judged:
    """What an audit found in one region of one output.

    Attributes:
        decided: findings that are not undecidable.
        invented: of them.
        altered: of them.
        total: severities of the invented and the altered, added up.
        worst: the greatest of these severities.
        sentence: of that finding; empty: nothing is invented or altered.
    """

    decided: int = 0
    invented: int = 0
    altered: int = 0
    total: float = 0.0
    worst: float = 0.0
    sentence: str = ""

    @property
    def severity(self) -> float:
        """Mean over all that was decided, 0 to 1; a finding that is kept or only lost counts as 0.

        Of a region's worst finding alone nothing could be told: the finest band of detail is made up nearly everywhere.
        """
        return self.total / self.decided

    def share(self, kind: str) -> float:
        """Of the decided findings: those that are "invented", "altered", or "either"."""
        counts = {"invented": self.invented, "altered": self.altered, "either": self.invented + self.altered}
        return counts[kind] / self.decided


@dataclass(slots=True)
class Audited:
    """The findings of one output.

    Attributes:
        cell: its key.
        person: whom it shows.
        picture: what was done to which face, for pairing restorers.
        restorer: its label.
        degradation: its name.
        resolution: "64 px", the longer side of the damaged picture; empty: not known.
        regions: by name; those where nothing was decidable are missing.
    """

    cell: str
    person: str
    picture: str
    restorer: str
    degradation: str
    resolution: str
    regions: dict[str, Judged] = field(default_factory=dict)

    @property
    def severity(self) -> float | None:
        """Mean over the facial features that were decided, 0 to 1; None: none was."""
        held = [judged.severity for region, judged in self.regions.items() if region in FEATURES]
        return sum(held) / len(held) if held else None

    @property
    def sentence(self) -> str:
        """On the feature that is hallucinated most; empty: nothing is."""
        held = [judged for name, judged in self.regions.items() if judged.sentence and name in FEATURES]
        return max(held, key=lambda judged: (judged.severity, judged.worst)).sentence if held else ""


def audited(findings: Iterable[Row], cells: Iterable[Row]) -> list[Audited]:
    """Findings by output.

    Args:
        findings: rows of the table of that name.
        cells: rows of the table of that name; they tell how large the damaged picture was.
    """
    sizes = {row["cell"]: resolution(row) for row in cells}
    found: dict[str, Audited] = {}
    for row in findings:
        if row["region"] is None or row["verdict"] == Verdict.UNDECIDABLE:
            continue
        key = row["cell"]
        if key not in found:
            names = ("face", "framing", "side", "degradation", "seed")
            picture = "|".join(str(row[name]) for name in names)
            found[key] = Audited(
                *(key, row["person"], picture, row["restorer"], row["degradation"], sizes.get(key, "")),
            )
        judged = found[key].regions.setdefault(row["region"], Judged())
        judged.decided += 1
        if row["verdict"] in HALLUCINATED:
            judged.invented += row["verdict"] == Verdict.INVENTED
            judged.altered += row["verdict"] == Verdict.ALTERED
            severity = row["severity"] or 0.0
            judged.total += severity
            if severity > judged.worst or not judged.sentence:
                judged.worst, judged.sentence = severity, row["sentence"]
    return list(found.values())


def feature_rows(outputs: Sequence[Audited], generative: Iterable[str], *, draws: int = DRAWS) -> list[Row]:
    """The table of features.

    Args:
        outputs: that were audited.
        generative: labels of restorers that paint detail. Rows over all restorers are over these only, where there
            are any: what interpolation shows is the camera's noise and the damage, not a hallucination of a model.
        draws: of the bootstrap.

    Returns:
        Rows by "all", "control" (all that is not generative, beside the models), "restorer", "degradation",
        "resolution" and "restorer and degradation", by region: how severe (0 to 1), and which share of what was decided
        is invented, altered, or either; means over outputs, each with a 95% interval. Sorted from the worst on, after
        it the features that fewer than half of the people show, then what is no facial feature. `tied`: not told apart
        from the worst feature of its group at 5%, paired by person, Holm-corrected; empty where it is the worst, or is
        not compared.
    """
    models = set(generative) & {one.restorer for one in outputs}
    chosen = [one for one in outputs if not models or one.restorer in models]
    out = _group(chosen, {"by": "all"}, draws, full=True)
    if models:
        out += _group([one for one in outputs if one.restorer not in models], {"by": "control"}, draws, full=True)
    for by, name in _BY.items():
        pool = outputs if by == "restorer" else chosen
        for value in _ordered({name(one) for one in pool} - {""}, by):
            group = [one for one in pool if name(one) == value]
            out += _group(group, {"by": by, by: value}, draws, full=True)
    pairs = sorted({(one.restorer, one.degradation) for one in outputs})
    for restorer, degradation in pairs:
        group = [one for one in outputs if (one.restorer, one.degradation) == (restorer, degradation)]
        key = {"by": "restorer and degradation", "restorer": restorer, "degradation": degradation}
        out += _group(group, key, min(draws, FEWER_DRAWS), full=False)
    return out


_BY: Mapping[str, Callable[[Audited], str]] = {
    "restorer": lambda one: one.restorer,
    "degradation": lambda one: one.degradation,
    "resolution": lambda one: one.resolution,
}
SHARES = ("either", "invented", "altered")


def _group(outputs: Sequence[Audited], key: Mapping[str, str], draws: int, *, full: bool) -> list[Row]:
    rows = []
    worst: dict[str, Values] = {}
    everybody = len({one.person for one in outputs})
    for region in Region:
        held = [(one, one.regions[region]) for one in outputs if region in one.regions]
        if not held:
            continue
        people = [one.person for one, _ in held]
        severity = mean_of([judged.severity for _, judged in held], people, draws=draws)
        row: Row = {"by": "", "restorer": "", "degradation": "", "resolution": "", **key, "region": str(region)}
        row |= {"n": severity.n, "people": severity.people, **_named("severity", severity)}
        for share in SHARES if full else ():
            row |= _named(share, mean_of([judged.share(share) for _, judged in held], people, draws=draws))
        row |= {} if full else {name: None for share in SHARES for name in _columns(share)}
        rows.append(row | {"tied": "", "why": severity.why})
        if region in FEATURES and 2 * severity.people >= everybody:
            worst[str(region)] = {(one.person, f"{one.picture}|{one.restorer}"): j.severity for one, j in held}
    if full:
        tied = _tied(worst, {row["region"]: row["severity"] for row in rows}, draws)
        for row in rows:
            row["tied"] = tied.get(row["region"], "")
    return sorted(rows, key=lambda row: (row["region"] not in FEATURES, row["region"] not in worst, -row["severity"]))


def _tied(worst: Mapping[str, Values], means: Mapping[str, float], draws: int) -> dict[str, str]:
    """By feature but the worst one: "yes" or "no"."""
    if len(worst) < 2:
        return {}
    first = max(worst, key=lambda name: means[name])
    others = [name for name in worst if name != first]
    p = [paired(worst[first], worst[name], draws=min(draws, FEWER_DRAWS)).p for name in others]
    corrected = holm([1.0 if value is None else value for value in p])
    return {name: "yes" if value >= ALPHA else "no" for name, value in zip(others, corrected, strict=True)}


def _columns(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _named(name: str, found: Estimate) -> Row:
    """All of them are shares of one: an interval cannot reach beyond."""
    low = None if found.low is None else max(0.0, found.low)
    high = None if found.high is None else min(1.0, found.high)
    return dict(zip(_columns(name), (found.value, low, high), strict=True))


def resolution(row: Row) -> str:
    """Of a cell: the longer side of its damaged picture ("64 px"); empty: not known."""
    width, height = row.get("observed_width"), row.get("observed_height")
    return f"{max(width, height):.0f} px" if width and height else ""


def _ordered(values: Iterable[str], by: str) -> list[str]:
    return sorted(values, key=(lambda text: (float(text.split()[0]), text)) if by == "resolution" else str.casefold)
