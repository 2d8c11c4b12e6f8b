"""Many small symmetric systems at a time, each operation on all of them: faster than a call of LAPACK for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def cholesky_solve(matrices: Floats, right: Floats) -> Floats:
    """Solve A x = b for each of M positive definite matrices.

    Args:
        matrices: (P, P, M); only the lower triangles are read. They are overwritten by the factors.
        right: (P, M).

    Returns:
        (P, M).

    Raises:
        LinAlgError: a matrix is not positive definite.

    Source:
        Golub & Van Loan, Matrix Computations, 4.2.
    """
    count = len(matrices)
    solved = right.copy()
    for j in range(count):
        if j:
            matrices[j:, j] -= np.einsum("ikm,km->im", matrices[j:, :j], matrices[j, :j])
            solved[j] -= np.einsum("km,km->m", matrices[j, :j], solved[:j])
        if not (matrices[j, j] > 0).all():
            raise np.linalg.LinAlgError("a matrix is not positive definite")
        matrices[j, j] **= 0.5
        matrices[j + 1 :, j] /= matrices[j, j]
        solved[j] /= matrices[j, j]
    for j in range(count - 1, -1, -1):
        if j + 1 < count:
            solved[j] -= np.einsum("km,km->m", matrices[j + 1 :, j], solved[j + 1 :])
        solved[j] /= matrices[j, j]
    return solved
