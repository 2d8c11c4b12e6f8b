"""The whole path in Python: damage a real face, restore it, ask which parts are real.

    python examples/audit_in_python.py

Uses scikit-image's astronaut (Eileen Collins, NASA, public domain); nothing is downloaded or written.
"""

from __future__ import annotations

import skimage.data

import bonaface


def main() -> None:
    """Damage, restore, audit, print."""
    truth = skimage.data.astronaut()[0:256, 96:352]
    damaged = bonaface.degrade(truth, "study-x4", seed=1).image
    for restorer in ("bicubic", "lanczos"):
        output = bonaface.restore(damaged, restorer, size=truth.shape[:2])
        ledger = bonaface.audit(output, truth=truth, observed=damaged)
        print(f"{restorer}: PSNR {ledger.measures['psnr'].value:.2f} dB")
        for finding in ledger.worst(3):
            print(f"  {finding.verdict:9} {finding.severity:.2f}  {finding.sentence}")


if __name__ == "__main__":
    main()
