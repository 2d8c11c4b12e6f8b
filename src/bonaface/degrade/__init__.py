"""Damaging a face in known ways: records that are called, chains of them, and the named recipes of the sources."""

from bonaface.degrade.base import Degradation, Degraded
from bonaface.degrade.blur import AnisotropicBlur, GaussianBlur, MotionBlur
from bonaface.degrade.chain import Chain, OneOf, SameSize, Sometimes
from bonaface.degrade.colour import ColourJitter, ColourShift, Grey
from bonaface.degrade.denoise import NonLocalMeans
from bonaface.degrade.face_occlusion import FaceOcclusion
from bonaface.degrade.jpeg import Jpeg
from bonaface.degrade.kinds import KINDS, from_json, stable_id, to_json
from bonaface.degrade.noise import GaussianNoise, WrappedNoise
from bonaface.degrade.occlude import GivenMask, IrregularMask, SquareMask
from bonaface.degrade.parameters import Choice, Integers, Uniform
from bonaface.degrade.recipes import RECIPES, Recipe
from bonaface.degrade.resize import AreaDownscale, BicubicDownscale, BilinearDownscale, ResizeTo
from bonaface.degrade.unchanged import Unchanged

__all__ = [
    "KINDS",
    "RECIPES",
    "AnisotropicBlur",
    "AreaDownscale",
    "BicubicDownscale",
    "BilinearDownscale",
    "Chain",
    "Choice",
    "ColourJitter",
    "ColourShift",
    "Degradation",
    "Degraded",
    "FaceOcclusion",
    "GaussianBlur",
    "GaussianNoise",
    "GivenMask",
    "Grey",
    "Integers",
    "IrregularMask",
    "Jpeg",
    "MotionBlur",
    "NonLocalMeans",
    "OneOf",
    "Recipe",
    "ResizeTo",
    "SameSize",
    "Sometimes",
    "SquareMask",
    "Unchanged",
    "Uniform",
    "WrappedNoise",
    "from_json",
    "stable_id",
    "to_json",
]
