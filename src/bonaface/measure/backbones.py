"""Weights that several learned measures rest on: networks trained on ImageNet, and CLIP.

SHA-256 sums are those that unrelated public projects state for these files, and begin with what their addresses name.
"""

from __future__ import annotations

from bonaface.core.catalog import Source, Weights

INSTALL = "pip install 'bonaface[metrics]'"
"""The extra that brings the libraries which compute learned measures."""
INSTALL_NONCOMMERCIAL = "pip install 'bonaface[metrics-noncommercial]'"
"""The extra that also brings pyiqa, whose terms exclude commercial use."""
_TORCHVISION = "BSD-3-Clause (torchvision); trained on ImageNet, whose pictures are for non-commercial research"
_IMAGENET = "ImageNet-1k, 1.28 million photographs"


def _torchvision(name: str, sha256: str, megabytes: float, source: Source) -> Weights:
    return Weights(
        name=name,
        sha256=sha256,
        megabytes=megabytes,
        licence=_TORCHVISION,
        commercial=True,
        training_data=_IMAGENET,
        source=source,
        urls=(f"https://download.pytorch.org/models/{name}",),
    )


ALEXNET = _torchvision(
    "alexnet-owt-7be5be79.pth",
    "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    244.4,
    Source("Krizhevsky 2014 (AlexNet)", "arXiv:1404.5997"),
)
VGG16 = _torchvision(
    "vgg16-397923af.pth",
    "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    553.4,
    Source("Simonyan & Zisserman 2014 (VGG)", "arXiv:1409.1556"),
)


def _clip(name: str, sha256: str, megabytes: float) -> Weights:
    """OpenAI's addresses name the whole sum of what lies there."""
    return Weights(
        name=name,
        sha256=sha256,
        megabytes=megabytes,
        licence="MIT (as its repository says; its model card advises against use that was not tested for the purpose)",
        commercial=True,
        training_data="400 million pictures with texts from the internet, which OpenAI does not name",
        source=Source("Radford et al. 2021 (CLIP)", "arXiv:2103.00020"),
        urls=(f"https://openaipublic.azureedge.net/clip/models/{sha256}/{name}",),
    )


CLIP_RN50 = _clip("RN50.pt", "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762", 255.8)
CLIP_VIT_B_32 = _clip("ViT-B-32.pt", "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af", 354.0)
