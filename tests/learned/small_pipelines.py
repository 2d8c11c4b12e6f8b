"""The pipelines of diffusers in small, with random weights, saved as the folders that a hub would deliver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    PreTrainedTokenizerBase,
)
from transformers.models.clip.modeling_clip import CLIPConfig

START, END = "<|startoftext|>", "<|endoftext|>"


def instruct_pix2pix(folder: Path, *, checker: float | None = None, seed: int = 0, **saved: Any) -> Path:
    """StableDiffusionInstructPix2PixPipeline: 8 channels go in.

    Args:
        folder: where it goes.
        checker: None: without a safety checker; else with one, which flags a picture whose cosine to some concept is
            above that.
        seed: of the weights.
        saved: further arguments of `save_pretrained`, such as `variant`.
    """
    torch.manual_seed(seed)
    made = diffusers.StableDiffusionInstructPix2PixPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(_text()),
        tokenizer=_tokenizer(),
        unet=_unet(8),
        scheduler=diffusers.EulerAncestralDiscreteScheduler(),
        safety_checker=None if checker is None else _checker(checker),
        feature_extractor=None if checker is None else _extractor(),
        requires_safety_checker=checker is not None,
    )
    made.save_pretrained(folder, **saved)
    return folder


def inpainting(folder: Path, *, channels: int = 9, seed: int = 0) -> Path:
    """StableDiffusionInpaintPipeline: 9 channels go in, or 4."""
    torch.manual_seed(seed)
    made = diffusers.StableDiffusionInpaintPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(_text()),
        tokenizer=_tokenizer(),
        unet=_unet(channels),
        scheduler=diffusers.DEISMultistepScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    made.save_pretrained(folder)
    return folder


def sdxl_refiner(folder: Path, *, seed: int = 0) -> Path:
    """StableDiffusionXLImg2ImgPipeline as the refiner is: one text encoder, and a score of how pictures please."""
    torch.manual_seed(seed)
    unet = diffusers.UNet2DConditionModel(
        sample_size=32,
        block_out_channels=(32, 64),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=72,  # 32 of the text, 5 numbers of 8
    )
    made = diffusers.StableDiffusionXLImg2ImgPipeline(
        vae=_vae(),
        text_encoder=None,
        text_encoder_2=CLIPTextModelWithProjection(_text()),
        tokenizer=None,
        tokenizer_2=_tokenizer(),
        unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(),
        requires_aesthetics_score=True,
        force_zeros_for_empty_prompt=False,
        add_watermarker=False,
    )
    made.save_pretrained(folder)
    return folder


def _unet(channels: int) -> Any:
    return diffusers.UNet2DConditionModel(
        sample_size=32,
        in_channels=channels,
        block_out_channels=(32, 64),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
    )


def _vae() -> Any:
    """Reduces by 8, as the large ones do."""
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        norm_num_groups=8,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
    )


def _text() -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=514,
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=77,
        projection_dim=32,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )


def _tokenizer() -> PreTrainedTokenizerBase:
    """Every byte is a token."""
    from tokenizers.pre_tokenizers import ByteLevel

    letters = sorted(ByteLevel.alphabet())
    words = [*letters, *(letter + "</w>" for letter in letters), START, END]
    return CLIPTokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[], model_max_length=77)


def _checker(above: float) -> Any:
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker

    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=37, num_hidden_layers=1, num_attention_heads=4, image_size=30, patch_size=10
    )
    made = StableDiffusionSafetyChecker(CLIPConfig(text_config=_text(), vision_config=vision, projection_dim=16))
    torch.nn.init.constant_(made.concept_embeds_weights, above)
    torch.nn.init.constant_(made.special_care_embeds_weights, 2)  # no cosine is above that
    return made.eval()


def _extractor() -> Any:
    return CLIPImageProcessor(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30})
