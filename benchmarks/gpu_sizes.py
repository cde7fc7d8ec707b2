"""The students of benchmarks/gpu.py: their shapes, the rows they learn, and what a token of them costs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SPECIAL = ("<|pad|>", "<|im_start|>", "<|im_end|>", "<|unknown|>", "user", "assistant")
"""What the tokenizer knows beside the words w6, w7, …: one word is one token, so lengths are what they say."""
PROMPT_TOKENS, ANSWER_TOKENS = 5, 1
"""What the chat template puts around a prompt's words and after an answer's."""
LORA_R = 16
Row = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """A Llama's shape, and how much is asked of it: `steps` in one pass over the rows, `words` in the longest prompt.

    Long contexts, and the rotations they take, are left out of the shape: they change nothing of what is measured.
    """

    name: str
    hidden: int
    intermediate: int
    layers: int
    heads: int
    key_value_heads: int
    head_width: int
    vocabulary: int
    tied: bool
    steps: int
    words: int
    new_tokens: int
    batches: tuple[int, ...]

    @property
    def linear_parameters(self) -> int:
        """Parameters that every token passes, the adapter's included; no embeddings and no head."""
        inner, shared = self.heads * self.head_width, self.key_value_heads * self.head_width
        shapes = [(self.hidden, inner), (self.hidden, shared), (self.hidden, shared), (inner, self.hidden)]
        shapes += [(self.hidden, self.intermediate)] * 2 + [(self.intermediate, self.hidden)]
        return self.layers * sum(rows * columns + LORA_R * (rows + columns) for rows, columns in shapes)

    def flops_per_token(self, rows: Sequence[Row]) -> float:
        """Operations that training a LoRA on `rows` needs per token, on average; nothing computed twice is counted.

        2N forward and 2N backward, as the base gets no gradients; the head is passed by the answers' tokens alone.
        Causal attention of a row of L tokens takes 2·L²·width per layer forward, and twice that backward.
        """
        lengths = [tokens_of(row) for row in rows]
        total = sum(prompt + answer for prompt, answer in lengths)
        head = self.hidden * self.vocabulary * sum(answer for _, answer in lengths)
        squares = sum((prompt + answer) ** 2 for prompt, answer in lengths)
        attention = 6 * self.layers * self.heads * self.head_width * squares
        return 4 * self.linear_parameters + (4 * head + attention) / total


SIZES = {
    size.name: size
    for size in (
        Size("tiny", 64, 128, 2, 4, 2, 16, 512, True, 6, 80, 16, (1, 4)),
        Size("1b", 2048, 8192, 16, 32, 8, 64, 128256, True, 16, 640, 64, (1, 16, 64)),  # Llama-3.2-1B
        Size("8b", 4096, 14336, 32, 32, 8, 128, 128256, False, 8, 640, 64, (1, 16, 64)),  # Llama-3.1-8B
    )
}


def made_rows(size: Size, count: int) -> list[Row]:
    """Rows as a round has them with both tasks: half draft from an instruction, half revise a draft by a rubric."""
    chance = random.Random(17)
    return [_row(chance, size, drafts=number % 2 == 0) for number in range(count)]


def _row(chance: random.Random, size: Size, *, drafts: bool) -> Row:
    most = size.words // 6 if drafts else size.words
    return {
        "prompt": [{"role": "user", "content": words(chance, size, chance.randint(most * 3 // 4, most))}],
        "completion": [{"role": "assistant", "content": words(chance, size, chance.randint(*_answer(size)))}],
        "task": "draft" if drafts else "revise",
    }


def _answer(size: Size) -> tuple[int, int]:
    return size.words // 5, size.words // 3


def words(chance: random.Random, size: Size, count: int) -> str:
    """So many words of the student's, one token each."""
    return " ".join(f"w{chance.randrange(len(SPECIAL), size.vocabulary)}" for _ in range(count))


def tokens_of(row: Row) -> tuple[int, int]:
    """Tokens of a row's prompt and of its answer, what the template adds included."""
    prompt, answer = row["prompt"][0]["content"], row["completion"][0]["content"]
    return len(prompt.split()) + PROMPT_TOKENS, len(answer.split()) + ANSWER_TOKENS
