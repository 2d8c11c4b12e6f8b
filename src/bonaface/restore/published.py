"""The weights of restorers that others published, as ONNX graphs: fetched on request, never by themselves.

SHA-256 sums are those that at least two unrelated public projects pin for the same file; a sum seen in one place only
is left out, and the file is unpinned. docs/models/published.md says what was found.
"""

from __future__ import annotations

from bonaface.core.catalog import Source, Weights

_RELEASE = "https://github.com/facefusion/facefusion-assets/releases/download/models-3.0.0/"
_HUB = "https://huggingface.co/facefusion/models-3.0.0/resolve/main/"
_FFHQ = "FFHQ (the pictures' own licences differ; the set is CC BY-NC-SA 4.0)"
_GFPGAN_DATA = f"{_FFHQ}, and further pictures that its authors do not name"
_GFPGAN = Source("Wang et al. 2021 (GFPGAN)", "arXiv:2101.04061")
_GPEN = Source("Yang et al. 2021 (GPEN)", "arXiv:2105.06070")
_APACHE = "Apache-2.0 (as its repository says; trained on FFHQ, which is for non-commercial use)"
_NO_LICENCE = "no licence file in its repository, which says: for academic and non-commercial use only"
_S_LAB = "S-Lab License 1.0: non-commercial use only"


def _urls(name: str) -> tuple[str, str]:
    return _RELEASE + name, _HUB + name


GFPGAN_1_2 = Weights(
    name="gfpgan_1.2.onnx",
    sha256="",
    megabytes=340,
    licence=_APACHE,
    commercial=True,
    training_data=_GFPGAN_DATA,
    source=_GFPGAN,
    urls=_urls("gfpgan_1.2.onnx"),
)
GFPGAN_1_3 = Weights(
    name="gfpgan_1.3.onnx",
    sha256="",
    megabytes=340,
    licence=_APACHE,
    commercial=True,
    training_data=_GFPGAN_DATA,
    source=_GFPGAN,
    urls=_urls("gfpgan_1.3.onnx"),
)
GFPGAN_1_4 = Weights(
    name="gfpgan_1.4.onnx",
    sha256="accc4757b26bdb89b32b4d3500d4f79c9dff97c1dd7c7104bf9dcb95e3311385",
    megabytes=340.3,
    licence=_APACHE,
    commercial=True,
    training_data=_GFPGAN_DATA,
    source=_GFPGAN,
    urls=_urls("gfpgan_1.4.onnx"),
)
GPEN_BFR_256 = Weights(
    name="gpen_bfr_256.onnx",
    sha256="bad8bf0426873828df2dbf4e3b3d9ababba9da7965b8b72426569486f7ae5c25",
    megabytes=75.8,
    licence=_NO_LICENCE,
    commercial=False,
    training_data=_FFHQ,
    source=_GPEN,
    urls=_urls("gpen_bfr_256.onnx"),
)
GPEN_BFR_512 = Weights(
    name="gpen_bfr_512.onnx",
    sha256="d5f066b9068a8b74217f9712e28e875a6144629b108a6f7355acbdb3a2832c54",
    megabytes=284.3,
    licence=_NO_LICENCE,
    commercial=False,
    training_data=_FFHQ,
    source=_GPEN,
    urls=_urls("gpen_bfr_512.onnx"),
)
GPEN_BFR_1024 = Weights(
    name="gpen_bfr_1024.onnx",
    sha256="bcd31aa52110a2005efc96abbab4546d57e42482648f08715b552423d96b381b",
    megabytes=285.2,
    licence=_NO_LICENCE,
    commercial=False,
    training_data=_FFHQ,
    source=_GPEN,
    urls=_urls("gpen_bfr_1024.onnx"),
)
GPEN_BFR_2048 = Weights(
    name="gpen_bfr_2048.onnx",
    sha256="",
    megabytes=285.6,
    licence=_NO_LICENCE,
    commercial=False,
    training_data=_FFHQ,
    source=_GPEN,
    urls=_urls("gpen_bfr_2048.onnx"),
)
CODEFORMER = Weights(
    name="codeformer.onnx",
    sha256="21710e7ab61c82683576c428e9c1b6fe1ed419586b7b39e394c3449c294b550f",
    megabytes=377.0,
    licence=_S_LAB,
    commercial=False,
    training_data=_FFHQ,
    source=Source("Zhou et al. 2022 (CodeFormer)", "arXiv:2206.11253"),
    urls=_urls("codeformer.onnx"),
)
RESTOREFORMER_PLUS_PLUS = Weights(
    name="restoreformer_plus_plus.onnx",
    sha256="f4db5a89902b6a2d452446f5721245a6f7185f699b6aec7b77285adb4d504337",
    megabytes=294.3,
    licence=_APACHE,
    commercial=True,
    training_data=_FFHQ,
    source=Source("Wang et al. 2023 (RestoreFormer++)", "arXiv:2308.07228"),
    urls=_urls("restoreformer_plus_plus.onnx"),
)
RESTOREFORMER = Weights(
    name="restoreformer.onnx",
    sha256="",
    megabytes=0,
    licence=_APACHE,
    commercial=True,
    training_data=_FFHQ,
    source=Source("Wang et al. 2022 (RestoreFormer)", "arXiv:2201.06374"),
    urls=(
        "https://github.com/facefusion/facefusion-assets/releases/download/models/restoreformer.onnx",
        "https://github.com/harisreedhar/Face-Upscalers-ONNX/releases/download/Models/restoreformer.onnx",
    ),
)
PUBLISHED = (
    GFPGAN_1_2,
    GFPGAN_1_3,
    GFPGAN_1_4,
    GPEN_BFR_256,
    GPEN_BFR_512,
    GPEN_BFR_1024,
    GPEN_BFR_2048,
    CODEFORMER,
    RESTOREFORMER,
    RESTOREFORMER_PLUS_PLUS,
)
"""All of them."""
