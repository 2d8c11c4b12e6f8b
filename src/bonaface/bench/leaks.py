"""Faces that restorers were trained on as another crop of the same photograph, found by `scripts/near_duplicates.py`.

They are not measured. CelebA-HQ's pictures carry no identity, so other photographs of the same people may remain.
"""

from __future__ import annotations

CELEBAMASK_IN_CELEBA_TRAIN = frozenset(
    {
        "313c3354b6314359a28e9088f84a95f0.jpg",
        "3a38f0706170412c88b0a3fd96853305.jpg",
        "6c1548231efb4f35bbe213680b986037.jpg",
        "92d1d559cab146dfb9ab20feb6e7b616.jpg",
        "c1c2243f0b984ce58a7a3357c3882987.jpg",
    }
)
"""Of the held-back tenth of `celebamask`, five of 86: they lie in `celeba_train.parquet`."""
CELEBA_VAL_IN_CELEBAMASK = frozenset({"184200.jpg", "192849.jpg", "193688.jpg", "194410.jpg", "200383.jpg"})
"""Of `celeba_val.parquet`, five of 628: they lie in the nine tenths of `celebamask` that are trained on."""
