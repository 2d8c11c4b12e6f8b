"""The closed form of all pixels at once against the plain loop over pixels and channels: speed and equal weights.

    python benchmarks/ridge.py [--side 256] [--pairs 80] [--field 3] [--rounds 3]

The loop is that of tests/plain_ridge.py: per pixel and channel a Gram matrix and a Cholesky factorisation by SciPy. It
takes so long that it is timed on `--rows` rows and multiplied; the weights are compared on those rows. BLAS has one
thread. Ratios are of seconds by the clock, where ours uses all cores, and of processor seconds.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def timed(action: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds by the clock, processor seconds, and what comes out."""
    clock, processor = time.perf_counter(), time.process_time()
    result = action()
    return time.perf_counter() - clock, time.process_time() - processor, result


def main() -> None:
    """See the module."""
    import numpy as np

    from bonaface.edit.regression import fit_layer
    from plain_ridge import plain_ridge

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("side", 256), ("pairs", 80), ("field", 3), ("rows", 16), ("rounds", 3)):
        parser.add_argument(f"--{option}", type=int, default=default)
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    inputs = rng.random((asked.pairs, asked.side, asked.side, 3))
    targets = np.clip(0.6 * inputs + 0.3 * np.roll(inputs, 1, axis=2) + 0.05 * rng.standard_normal(inputs.shape), 0, 1)
    rows, edge = min(asked.rows, asked.side), asked.field // 2
    part = slice(0, rows + edge)
    by_clock, by_processor = [], []
    for number in range(1, asked.rounds + 1):
        clock, processor, layer = timed(lambda: fit_layer(inputs, targets, field=asked.field, penalty=0.4))
        slow, busy, (weights, bias) = timed(lambda: plain_ridge(inputs[:, part], targets[:, part], asked.field, 0.4))
        factor = asked.side / (rows + edge)
        by_clock.append(slow * factor / clock)
        by_processor.append(busy * factor / processor)
        apart = max(np.abs(layer.weights[:rows] - weights[:rows]).max(), np.abs(layer.bias[:rows] - bias[:rows]).max())
        print(f"round {number}: all at once {clock:.3f} s, loop {slow * factor:.1f} s, weights apart {apart:.1e}")
    print(
        f"median ratio {np.median(by_clock):.0f} by the clock on {os.cpu_count()} cores, "
        f"{np.median(by_processor):.0f} in processor seconds"
    )


if __name__ == "__main__":
    main()
