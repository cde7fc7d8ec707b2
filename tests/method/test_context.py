"""How long a text a student reads, as architectures name it."""

from __future__ import annotations

from typing import Any

import pytest

from citing_app.method.context import context_of


@pytest.mark.parametrize(
    ("config", "tokenizer", "found"),
    [
        ({"max_position_embeddings": 8192}, {"model_max_length": 10**30}, 8192),
        ({"n_positions": 1024, "n_ctx": 2048}, {}, 1024),
        ({"max_seq_len": 2048}, {}, 2048),
        ({"seq_length": 4096}, {}, 4096),
        ({"text_config": {"max_position_embeddings": 512}, "max_position_embeddings": 7}, {}, 512),
        ({"max_position_embeddings": None}, {"model_max_length": 2048}, 2048),
        ({"max_position_embeddings": True}, {"model_max_length": 1e30}, None),
        ({}, {}, None),
    ],
)
def test_the_context_is_found_under_its_names(
    config: dict[str, Any], tokenizer: dict[str, Any], found: int | None
) -> None:
    assert context_of(config, tokenizer) == found
