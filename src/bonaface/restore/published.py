"""The weights of restorers that others published, as ONNX graphs: fetched on request, never by themselves.

SHA-256 sums are those that at least two unrelated public projects pin for the same file; a sum seen in one place only
is left out, and the file is unpinned. docs/models/published.md says what was found.
"""

from __future__ import annotations

from dataclasses import replace

from bonaface.core.catalog import Source, Weights

_RELEASE = "https://github.com/facefusion/facefusion-assets/releases/download/models-3.0.0/"
_HUB = "https://huggingface.co/facefusion/models-3.0.0/resolve/main/"
_FFHQ = "FFHQ (the pictures' own licences differ; the set is CC BY-NC-SA 4.0)"
_APACHE = "Apache-2.0 (as its repository says; trained on FFHQ, which is for non-commercial use)"
_NO_LICENCE = "no licence file in its repository, which says: for academic and non-commercial use only"
_S_LAB = "S-Lab License 1.0: non-commercial use only"


def _asset(name: str, sha256: str, megabytes: float, licence: str, source: Source, data: str = _FFHQ) -> Weights:
    """A file that is published under these two addresses."""
    return Weights(
        name=name,
        sha256=sha256,
        megabytes=megabytes,
        licence=licence,
        commercial=licence == _APACHE,
        training_data=data,
        source=source,
        urls=(_RELEASE + name, _HUB + name),
    )


def _gfpgan(version: str, sha256: str, megabytes: float) -> Weights:
    source = Source("Wang et al. 2021 (GFPGAN)", "arXiv:2101.04061")
    data = f"{_FFHQ}, and further pictures that its authors do not name"
    return _asset(f"gfpgan_{version}.onnx", sha256, megabytes, _APACHE, source, data)


def _gpen(side: int, sha256: str, megabytes: float) -> Weights:
    source = Source("Yang et al. 2021 (GPEN)", "arXiv:2105.06070")
    return _asset(f"gpen_bfr_{side}.onnx", sha256, megabytes, _NO_LICENCE, source)


GFPGAN_1_2 = _gfpgan("1.2", "", 340)
GFPGAN_1_3 = _gfpgan("1.3", "", 340)
GFPGAN_1_4 = _gfpgan("1.4", "accc4757b26bdb89b32b4d3500d4f79c9dff97c1dd7c7104bf9dcb95e3311385", 340.3)
GPEN_BFR_256 = _gpen(256, "bad8bf0426873828df2dbf4e3b3d9ababba9da7965b8b72426569486f7ae5c25", 75.8)
GPEN_BFR_512 = _gpen(512, "d5f066b9068a8b74217f9712e28e875a6144629b108a6f7355acbdb3a2832c54", 284.3)
GPEN_BFR_1024 = _gpen(1024, "bcd31aa52110a2005efc96abbab4546d57e42482648f08715b552423d96b381b", 285.2)
GPEN_BFR_2048 = _gpen(2048, "", 285.6)
CODEFORMER = _asset(
    "codeformer.onnx",
    "21710e7ab61c82683576c428e9c1b6fe1ed419586b7b39e394c3449c294b550f",
    377.0,
    _S_LAB,
    Source("Zhou et al. 2022 (CodeFormer)", "arXiv:2206.11253"),
)
RESTOREFORMER_PLUS_PLUS = _asset(
    "restoreformer_plus_plus.onnx",
    "f4db5a89902b6a2d452446f5721245a6f7185f699b6aec7b77285adb4d504337",
    294.3,
    _APACHE,
    Source("Wang et al. 2023 (RestoreFormer++)", "arXiv:2308.07228"),
)
RESTOREFORMER = replace(
    _asset("restoreformer.onnx", "", 0, _APACHE, Source("Wang et al. 2022 (RestoreFormer)", "arXiv:2201.06374")),
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
