"""Distances between what trained networks see in two pictures: LPIPS and DISTS.

Their numbers differ by the network: an LPIPS without its network's name is no number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bonaface.core.catalog import Source, Weights
from bonaface.measure.backbones import ALEXNET, INSTALL, VGG16
from bonaface.measure.record import Files, Measure, Values

_LPIPS = Source("Zhang et al. 2018 (LPIPS); S0 eq. 1", "arXiv:1801.03924")
_DISTS = Source("Ding et al. 2020 (DISTS)", "arXiv:2004.07728")


def _head(net: str, sha256: str) -> Weights:
    return Weights(
        name=f"{net}.pth",
        sha256=sha256,
        megabytes=0.007,
        licence="BSD-2-Clause",
        commercial=True,
        training_data="BAPPS: 484,000 judgements of people on distorted patches",
        source=_LPIPS,
        package="lpips",
        path_in_package=f"weights/v0.1/{net}.pth",
    )


def _load_lpips(net: str) -> Callable[[Files], Callable[..., Values]]:
    def load(files: Files) -> Callable[..., Values]:
        from bonaface.learned.perceptual import lpips

        return lpips(net, files)

    return load


def _load_dists(files: Files) -> Callable[..., Values]:
    from bonaface.learned.perceptual import dists

    return dists(files)


LPIPS_ALEX = Measure(
    id="lpips-alex",
    version=1,
    needs=("output", "truth"),
    unit="",
    better="lower",
    bounds=(0.0, float("inf")),
    convention="AlexNet, heads of version 0.1 (lin); RGB scaled to [-1, 1]; no resizing, mean over positions: "
    "S3's LPIPS (NOT comparable with lpips-vgg)",
    source=_LPIPS,
    load=_load_lpips("alex"),
    weights=(ALEXNET, _head("alex", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0")),
    implementation="lpips",
    licence="BSD-2-Clause",
    modules=("torch", "torchvision", "lpips"),
    install=INSTALL,
)
LPIPS_VGG = replace(
    LPIPS_ALEX,
    id="lpips-vgg",
    convention="VGG16, heads of version 0.1 (lin); RGB scaled to [-1, 1]; no resizing, mean over positions: "
    "the LPIPS of GFP-GAN's and CodeFormer's tables (NOT comparable with lpips-alex)",
    load=_load_lpips("vgg"),
    weights=(VGG16, _head("vgg", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868")),
)
DISTS = Measure(
    id="dists",
    version=1,
    needs=("output", "truth"),
    unit="",
    better="lower",
    bounds=(0.0, 1.0),
    convention="VGG16 with average pooling, RGB in [0, 1]; pictures whose shorter side is over 256 px are reduced to "
    "it first (bilinear), as its authors do",
    source=_DISTS,
    load=_load_dists,
    weights=(
        VGG16,
        Weights(
            name="dists_weights.pt",
            sha256="",
            megabytes=0.013,
            licence="MIT",
            commercial=True,
            training_data="KADID-10k's references, and textures (DTD)",
            source=_DISTS,
            urls=("https://github.com/photosynthesis-team/piq/releases/download/v0.4.1/dists_weights.pt",),
        ),
    ),
    implementation="piq",
    modules=("torch", "torchvision", "piq"),
    install=INSTALL,
)
