"""A Stable Diffusion 1.5 pipeline with ControlNet and IP-Adapter, tiny and random: loads and runs like a real one.

Run as a script with a folder: ``python -m tests.tiny_models FOLDER``. Nothing is fetched.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DIFFUSERS_DISABLE_REMOTE_CODE": "1",
}


def build(folder: Path) -> Path:
    """Save the pipeline and its IP-Adapter under `folder`; about a megabyte."""
    os.environ.update(OFFLINE)
    import diffusers
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    unet = diffusers.UNet2DConditionModel(
        sample_size=32,
        block_out_channels=(32, 64),
        layers_per_block=1,
        cross_attention_dim=32,
        norm_num_groups=8,
        attention_head_dim=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )
    pipeline = diffusers.StableDiffusionControlNetPipeline(
        vae=diffusers.AutoencoderKL(
            block_out_channels=(16, 32),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=4,
            norm_num_groups=8,
            sample_size=64,
        ),
        unet=unet,
        controlnet=_controlnet(unet),
        scheduler=diffusers.DDIMScheduler(beta_schedule="scaled_linear"),
        safety_checker=None,
        requires_safety_checker=False,
        **_clip_parts(folder),
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    save_file(_adapter(unet), str(folder / "ip_adapter.safetensors"))
    return folder


def _controlnet(unet: Any) -> Any:
    import diffusers
    import torch

    net = diffusers.ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(16, 32))
    # A fresh ControlNet ends in zeros and would change nothing.
    for name, weight in net.named_parameters():
        if "controlnet_" in name or "conv_out" in name:
            torch.nn.init.normal_(weight, std=0.2)
    return net


def _clip_parts(folder: Path) -> dict[str, Any]:
    import transformers as tf

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    characters = _byte_characters()
    words = [*characters, *(c + "</w>" for c in characters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary.write_text(json.dumps({word: number for number, word in enumerate(words)}))
    merges.write_text("#version: 0.2\n")
    tokenizer = tf.CLIPTokenizer(vocab_file=str(vocabulary), merges_file=str(merges), model_max_length=77)
    vocabulary.unlink()
    merges.unlink()
    shape = {"hidden_size": 32, "intermediate_size": 37, "num_attention_heads": 4, "num_hidden_layers": 2}
    text = tf.CLIPTextConfig(
        vocab_size=514, max_position_embeddings=77, bos_token_id=512, eos_token_id=513, projection_dim=32, **shape
    )
    vision = tf.CLIPVisionConfig(image_size=32, patch_size=8, projection_dim=32, **shape)
    return {
        "tokenizer": tokenizer,
        "text_encoder": tf.CLIPTextModel(text),
        "image_encoder": tf.CLIPVisionModelWithProjection(vision),
        "feature_extractor": tf.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
    }


def _byte_characters() -> list[str]:
    shown = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return [chr(byte) if byte in shown else chr(next(hidden)) for byte in range(256)]


def _adapter(unet: Any) -> dict[str, Any]:
    import torch

    state = {
        "image_proj.proj.weight": torch.randn(4 * 32, 32),
        "image_proj.proj.bias": torch.randn(4 * 32),
        "image_proj.norm.weight": torch.ones(32),
        "image_proj.norm.bias": torch.zeros(32),
    }
    crossing = [name for name in unet.attn_processors if "attn2" in name]
    parts = dict(unet.named_parameters())
    for number, name in enumerate(crossing):
        rows = parts[name.removesuffix(".processor") + ".to_k.weight"].shape[0]
        for kind in ("to_k_ip", "to_v_ip"):
            state[f"ip_adapter.{2 * number + 1}.{kind}.weight"] = torch.randn(rows, 32)
    return state


if __name__ == "__main__":
    build(Path(sys.argv[1]))
