"""The networks that come with Bonaface, and their terms. `scripts/bundle.py` writes their hashes and sizes here."""

from __future__ import annotations

from bonaface.core.catalog import Source, Weights

_CELEBA = "CelebA at 128 px, aligned as FFHQ (15,652 pictures, split by identity)"
_LONDON = "57 people of the Face Research Lab London Set, neutral and smiling (CC BY 4.0)"

LANDMARKS_16 = Weights(
    name="bonaface-landmarks.onnx",
    sha256="d0d333e7ed057219737080a905ebb745426d5c1dfc9784a9a34a4316debe6d68",
    megabytes=2.3,
    licence="non-commercial research (CelebA)",
    commercial=False,
    training_data=_CELEBA,
    source=Source("Bonaface, docs/models: landmarks of 16 px faces, after Zhang et al. 2021", "arXiv:2108.00602"),
    package="bonaface",
    path_in_package="weights/bonaface-landmarks.onnx",
)
PRO_UIGAN_COMPACT = Weights(
    name="pro-uigan-compact.onnx",
    sha256="12a82068686a3caa76eab02dafe6380c038ac3969be35d5b6dba91f62bee9c63",
    megabytes=3.73,
    licence="non-commercial research (CelebA)",
    commercial=False,
    training_data=_CELEBA,
    source=Source("Bonaface, docs/models: Pro-UIGAN, after Zhang et al. 2021", "arXiv:2108.00602"),
    package="bonaface",
    path_in_package="weights/pro-uigan-compact.onnx",
)
PRO_UIGAN_FULL = Weights(
    name="pro-uigan-compact-full.onnx",
    sha256="85e8ac6994f826f67df54f0e03dc2949270a27046db53e798b96fc7b521e22bd",
    megabytes=3.73,
    licence="non-commercial research (CelebA)",
    commercial=False,
    training_data=_CELEBA,
    source=Source("Bonaface, docs/models: Pro-UIGAN with all five losses, after Zhang et al. 2021", "arXiv:2108.00602"),
    package="bonaface",
    path_in_package="weights/pro-uigan-compact-full.onnx",
)
PRO_UIGAN_PLAIN = Weights(
    name="pro-uigan-plain.onnx",
    sha256="61d91155b2f3f56af6113faf51489d8a4ed8aedbb1ee7854c3a7b13fdc8b828d",
    megabytes=3.72,
    licence="non-commercial research (CelebA)",
    commercial=False,
    training_data=_CELEBA,
    source=Source("Bonaface, docs/models: a network of Pro-UIGAN's size without priors, by the pixel loss alone"),
    package="bonaface",
    path_in_package="weights/pro-uigan-plain.onnx",
)
PARSER = Weights(
    name="bonaface-parser.onnx",
    sha256="555cd47a3076eea4e1b35bd190da35a90bf4e12860e670dd9790267fb56ad4e0",
    megabytes=4.49,
    licence="non-commercial research (CelebAMask-HQ)",
    commercial=False,
    training_data="CelebAMask-HQ at 256 px (900 pictures with masks)",
    source=Source("Bonaface, docs/models: face parser; masks of Lee et al. 2020", "arXiv:1907.11922"),
    package="bonaface",
    path_in_package="weights/bonaface-parser.onnx",
)
ATTRIBUTES = Weights(
    name="bonaface-attributes.onnx",
    sha256="0a64bbaf98f4db8ac6c1057f4423f6679067697d953f61115b7b9760296ff5ff",
    megabytes=3.85,
    licence="non-commercial research (CelebA)",
    commercial=False,
    training_data=_CELEBA,
    source=Source("Bonaface, docs/models: attribute reader; labels of Liu et al. 2015", "arXiv:1411.7766"),
    package="bonaface",
    path_in_package="weights/bonaface-attributes.onnx",
)
EXPRESSION = Weights(
    name="bonaface-expression.onnx",
    sha256="c52e94c7961659d505401e0b28b8e292e0bff0511812daab0fc1f691b6036282",
    megabytes=3.84,
    licence="non-commercial research (press photographs; started from CelebA)",
    commercial=False,
    training_data="3,126 press photographs of faces with an expression label",
    source=Source("Bonaface, docs/models: expression reader"),
    package="bonaface",
    path_in_package="weights/bonaface-expression.onnx",
)
RIDGE_HAPPY = Weights(
    name="ridge-happy.onnx",
    sha256="d6984ce693f8d47117cd617f6e9d2384f5bb5b7591c3a7c28c19df4865ad5073",
    megabytes=3.94,
    licence="CC BY 4.0 (Face Research Lab London Set: DeBruine & Jones, doi:10.6084/m9.figshare.5047666.v5)",
    commercial=True,
    training_data=_LONDON,
    source=Source("Bonaface, docs/models: masked regression from neutral to smiling; Khan et al. 2020"),
    package="bonaface",
    path_in_package="weights/ridge-happy.onnx",
)
RIDGE_NEUTRAL = Weights(
    name="ridge-neutral.onnx",
    sha256="057201417c0b214d5da452df31afc05530c2ab3e19679f0f7ba36d0ef3a05740",
    megabytes=3.94,
    licence="CC BY 4.0 (Face Research Lab London Set: DeBruine & Jones, doi:10.6084/m9.figshare.5047666.v5)",
    commercial=True,
    training_data=_LONDON,
    source=Source("Bonaface, docs/models: masked regression from smiling to neutral; Khan et al. 2020"),
    package="bonaface",
    path_in_package="weights/ridge-neutral.onnx",
)
REGGAN_COMPACT = Weights(
    name="reggan-compact.onnx",
    sha256="e08f193f3612845f3e21465281b9082b27b8c63727ab39df1dabb70ab0cd56f8",
    megabytes=3.22,
    licence="non-commercial research (CelebAMask-HQ)",
    commercial=False,
    training_data=f"CelebAMask-HQ at 256 px (900 pictures); {_LONDON}",
    source=Source("Bonaface, docs/models: RegGAN's refinement network in a compact size, after S4"),
    package="bonaface",
    path_in_package="weights/reggan-compact.onnx",
)
BUNDLED = (
    LANDMARKS_16,
    PRO_UIGAN_COMPACT,
    PRO_UIGAN_FULL,
    PRO_UIGAN_PLAIN,
    PARSER,
    ATTRIBUTES,
    EXPRESSION,
    RIDGE_HAPPY,
    RIDGE_NEUTRAL,
    REGGAN_COMPACT,
)
"""All of them."""
