"""Measure how often the audit of an edited expression says what it should, where it is known: on real photographs.

For every person with a neutral and a smiling photograph, audits in which the output is the real smile (nothing may be
found), the same after harmless changes, the neutral picture (an editor that did nothing), and another person's smile.
The shares in docs/expression-audit.md come from here.

    python scripts/expression_alarms.py ../shared/data/london --side 400 --out alarms.json
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bonaface.api import Auditor
from bonaface.core.errors import BonafaceError
from bonaface.core.images import Bytes8
from bonaface.core.results import Ledger


def jpeg_50(pixels: Bytes8) -> Bytes8:
    """Encoded with quality 50 and decoded."""
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 50])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])


def noisy(pixels: Bytes8) -> Bytes8:
    """With noise of 8 grey levels."""
    noise = np.random.default_rng(0).normal(0, 8, pixels.shape)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


def halved(pixels: Bytes8) -> Bytes8:
    """Reduced to half its size by area and enlarged by bicubic interpolation."""
    small = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


CHANGES: Mapping[str, Callable[[Bytes8], Bytes8]] = {
    "": lambda pixels: pixels,
    ", JPEG 50": jpeg_50,
    ", noise of 8 levels": noisy,
    ", halved and back": halved,
}


def read(path: Path, side: int) -> Bytes8:
    """(side, side, 3) RGB."""
    pixels = cv2.imread(str(path))
    return np.ascontiguousarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)[..., ::-1])


def kept(ledger: Ledger) -> dict[str, Any]:
    """What the table is made from."""
    findings = {
        f"{each.region}|{each.aspect}|{each.detail}": {
            "verdict": str(each.verdict),
            "score": each.score.value,
            "floor": each.floor.value,
            "severity": each.severity,
            "evidence": {name: score.value for name, score in each.evidence.items()},
            "sentence": each.sentence,
        }
        for each in ledger.findings
    }
    return {"summary": ledger.expression["summary"], "mouth": ledger.expression["mouth"], "findings": findings}


def main() -> None:
    """Audit everybody, write everything to a file, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--side", type=int, default=400)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=None)
    parser.add_argument("--changed", type=int, default=20, help="of how many people harmless changes are audited, too")
    given = parser.parse_args()
    names = sorted(path.name for path in (given.data / "neutral").glob("*.jpg"))[: given.people]
    rows: list[dict[str, Any]] = []
    for index, name in enumerate(names):
        neutral, smile = (read(given.data / kind / name, given.side) for kind in ("neutral", "smiling"))
        other = read(given.data / "smiling" / names[(index + 7) % len(names)], given.side)
        changes = CHANGES if index < given.changed else {"": CHANGES[""]}
        outputs = {f"the real smile{word}": change(smile) for word, change in changes.items()}
        outputs |= {f"the neutral picture{word}": change(neutral) for word, change in changes.items()}
        outputs["another person's smile"] = other
        auditor = Auditor()
        for output, pixels in outputs.items():
            for real in (smile, None) if output in ("the real smile", "the neutral picture") else (smile,):
                case = {"name": name, "output": output, "truth": real is not None}
                try:
                    rows.append(case | kept(auditor.audit(pixels, real, neutral=neutral, target="happy")))
                except BonafaceError as error:
                    rows.append(case | {"failed": str(error)})
        given.out.write_text(json.dumps(rows), encoding="utf-8")
    print_table(rows)


def print_table(rows: list[dict[str, Any]]) -> None:
    """How often each finding has each verdict, for each kind of output."""
    kinds = list(dict.fromkeys((row["output"], row["truth"]) for row in rows))
    for kind in kinds:
        held = [row for row in rows if (row["output"], row["truth"]) == kind]
        failed = sum("failed" in row for row in held)
        print(f"\n{kind[0]}{'' if kind[1] else ' (no truth)'}: {len(held)} people, {failed} failed")
        done = [row for row in held if "failed" not in row]
        for key in done[0]["findings"] if done else ():
            counts = Counter(row["findings"][key]["verdict"] for row in done)
            print(f"  {key:45s} {', '.join(f'{count} {verdict}' for verdict, count in counts.most_common())}")


if __name__ == "__main__":
    main()
