"""The parts of benchmarks/gpu.py that import torch, each a process of its own that prints one line of JSON.

machine DEVICE               what the device is, and what it does at most: a large product, a large copy
make SIZE DEVICE FOLDER      a student of a real shape with random weights, made on the device
trl TRAINER ROUND            one trainer of benchmarks/trainer.py on a round's rows
"""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpu_sizes import SIZES, SPECIAL, Size

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TIMES, WARM_UPS = 20, 3


def machine(wish: str) -> dict[str, Any]:
    """The device, and the medians of its rates on random data (zeros are faster than what a model holds)."""
    import torch

    from citing_app.worker.device import choose_device, choose_dtype, device_name, dtype_name
    from citing_app.worker.figures import peak_flops

    device = choose_device(wish)
    dtype = choose_dtype(device)
    on_gpu = device.type == "cuda"
    width, copied = (8192, 2**32) if on_gpu else (1024, 2**26)
    a, b = (torch.randn(width, width, device=device, dtype=dtype) for _ in range(2))
    source = torch.randint(0, 100, (copied,), device=device, dtype=torch.uint8)
    target = torch.empty_like(source)
    products = timed(lambda: a @ b, on_gpu)
    copies = timed(lambda: target.copy_(source), on_gpu)
    sheet = peak_flops(device, dtype) if on_gpu else None
    return {
        "device_name": device_name(device),
        "dtype": dtype_name(dtype),
        "product_tflops": 2 * width**3 / statistics.median(products) / 1e12,
        "product_tflops_range": [2 * width**3 / seconds / 1e12 for seconds in (max(products), min(products))],
        "copy_gb_per_second": 2 * copied / statistics.median(copies) / 1e9,
        **({"data_sheet_tflops": sheet / 1e12} if sheet else {}),
        **(_gpu(device) if on_gpu else {}),
    }


def timed(work: Callable[[], Any], on_gpu: bool) -> list[float]:
    """Seconds of each of some runs of `work`, warmed up; on a GPU by its own events, as its work is asynchronous."""
    import torch

    for _ in range(WARM_UPS):
        work()
    if not on_gpu:
        return [_seconds(work) for _ in range(TIMES)]
    events = [torch.cuda.Event(enable_timing=True) for _ in range(TIMES + 1)]
    events[0].record()
    for event in events[1:]:
        work()
        event.record()
    torch.cuda.synchronize()
    return [before.elapsed_time(after) / 1000 for before, after in itertools.pairwise(events)]


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _gpu(device: Any) -> dict[str, Any]:
    import torch

    free, total = torch.cuda.mem_get_info(device)
    about = {
        "memory_gb": total / 2**30,
        "free_gb": free / 2**30,
        "capability": ".".join(map(str, torch.cuda.get_device_capability(device))),
        "cuda": torch.version.cuda,
    }
    asked = ["nvidia-smi", "--query-gpu=driver_version,clocks.sm,clocks.max.sm", "--format=csv,noheader"]
    try:
        return about | {"driver_and_clocks": subprocess.check_output(asked, text=True).splitlines()[0]}
    except (OSError, subprocess.CalledProcessError, IndexError):
        return about


def make(size: Size, wish: str, folder: Path) -> dict[str, Any]:
    """A random Llama of this shape in bfloat16, with its tokenizer, saved as a student is."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    from citing_app.worker.device import choose_device

    tokenizer = make_tokenizer(size)
    config = LlamaConfig(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=size.intermediate,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.key_value_heads,
        head_dim=size.head_width,
        max_position_embeddings=4096,
        tie_word_embeddings=size.tied,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(17)
    began = time.monotonic()
    with torch.device(choose_device(wish)):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    made = time.monotonic()
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    seconds = {"making_seconds": made - began, "saving_seconds": time.monotonic() - made}
    return {"parameters_millions": parameters / 1e6, **seconds}


def make_tokenizer(size: Size) -> Any:
    """A tokenizer with a word for every number the student can write."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    names = [*SPECIAL, *(f"w{number}" for number in range(len(SPECIAL), size.vocabulary))]
    vocabulary = {name: number for number, name in enumerate(names)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<|unknown|>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        eos_token="<|im_end|>",
        unk_token="<|unknown|>",
        additional_special_tokens=["<|im_start|>"],
    )
    fast.chat_template = CHATML
    return fast


def trl(trainer: str, folder: Path) -> dict[str, Any]:
    """One pass of `trainer` over the round in `folder`."""
    from trainer import run

    from citing_app.rounds.layout import RoundDirectory

    return dict(run(trainer, RoundDirectory(folder)))


def main(arguments: list[str]) -> None:
    """Do one part and print what it found."""
    match arguments:
        case ["machine", wish]:
            found = machine(wish)
        case ["make", size, wish, folder]:
            found = make(SIZES[size], wish, Path(folder))
        case ["trl", trainer, folder]:
            found = trl(trainer, Path(folder))
        case _:
            raise SystemExit(__doc__)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
