"""Tiny random students of many architectures, as `from_pretrained` reads them: nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny_models import tokenizer_of

_SHAPE = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
}
_GATED = {**_SHAPE, "intermediate_size": 64, "num_key_value_heads": 2}
_EXPERTS = {**_GATED, "moe_intermediate_size": 32, "num_experts_per_tok": 2}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama": _GATED,
    "mistral": _GATED,
    "qwen2": _GATED,
    "qwen3": {**_GATED, "head_dim": 8},
    "gemma2": {**_GATED, "head_dim": 8, "query_pre_attn_scalar": 8},
    "gemma3_text": {**_GATED, "head_dim": 8, "query_pre_attn_scalar": 8},
    "phi": _GATED,
    "phi3": _GATED,
    "gpt2": _SHAPE,
    "gpt_neo": {**_SHAPE, "attention_types": [[["global", "local"], 1]]},
    "gpt_neox": {**_SHAPE, "intermediate_size": 64},
    "gptj": {**_SHAPE, "rotary_dim": 4},
    "bloom": {"hidden_size": 32, "n_layer": 2, "n_head": 4, "seq_length": 512, "initializer_range": 0.2},
    "falcon": {**_SHAPE},
    "opt": {**_SHAPE, "ffn_dim": 64, "word_embed_proj_dim": 32},
    "mpt": {"d_model": 32, "n_layers": 2, "n_heads": 4, "max_seq_len": 512, "initializer_range": 0.2},
    "stablelm": _GATED,
    "olmo2": _GATED,
    "cohere": _GATED,
    "granite": _GATED,
    "starcoder2": _GATED,
    "smollm3": _GATED,
    "mixtral": {**_GATED, "num_local_experts": 4},
    "qwen3_moe": {**_EXPERTS, "num_experts": 4, "head_dim": 8},
    "mamba": {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8, "initializer_range": 0.2},
    "lfm2": {**_GATED, "layer_types": ["conv", "full_attention"]},
}


def save_architecture(name: str, folder: Path, chat_template: str | None, **changes: Any) -> Path:
    """A random student of this architecture in `folder`, 32 wide, with a tokenizer of 400 tokens."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    tokenizer = tokenizer_of(chat_template)
    torch.manual_seed(0)
    named = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    config = AutoConfig.for_model(name, vocab_size=len(tokenizer), **named, **ARCHITECTURES[name] | changes)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
