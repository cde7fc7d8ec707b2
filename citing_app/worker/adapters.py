"""LoRA adapters on one student: loaded by folder, switched and weighted per request, the ones used last kept."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peft import PeftConfig, PeftModel
from peft.tuners.lora import LoraLayer

from citing_app.errors import CitingError
from citing_app.rounds.adapter import adapter_hash, ensure_made_for

_KEPT = 4


@dataclass(frozen=True)
class _Adapter:
    folder: Path
    hash: str


@dataclass(frozen=True)
class _Use:
    """An adapter at a strength."""

    adapter: _Adapter
    strength: float


class Adapters:
    """The adapters of one model. With none in use, the model is the base model, bit for bit."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._wrapped: Any = None
        self._names: OrderedDict[_Adapter, str] = OrderedDict()
        self._active: _Use | None = None
        self._numbers = itertools.count()

    @contextmanager
    def using(self, folder: Path | None, strength: float = 1.0) -> Iterator[str | None]:
        """Let the model answer with the adapter in `folder` (None: without one); gives its weights' sha256.

        At strength α it is W₀ + α·ΔW: with 0 the base model, bit for bit. On leaving, the adapter that was in use
        before is in use again, at its strength: a chat may interrupt drafting. Raises CitingError for a folder without
        safetensors and for an adapter of another student.
        """
        before = self._active
        try:
            adapter = None if folder is None else self._get(folder)
            self._activate(None if adapter is None else _Use(adapter, strength))
            yield None if adapter is None else adapter.hash
        finally:
            self._activate(before)

    def _get(self, folder: Path) -> _Adapter:
        adapter = _Adapter(folder, adapter_hash(folder))
        if adapter not in self._names:
            self._names[adapter] = self._load(folder)
        while len(self._names) > _KEPT:
            self._wrapped.delete_adapter(self._names.popitem(last=False)[1])
        return adapter

    def _load(self, folder: Path) -> str:
        ensure_made_for(folder, self._model.name_or_path)
        name = f"adapter{next(self._numbers)}"
        try:
            result = self._add(folder, name)
        except (ValueError, RuntimeError) as error:
            self._forget(name)
            raise _unfit(folder) from error
        if result.missing_keys or result.unexpected_keys:
            self._forget(name)
            raise _unfit(folder)
        return name

    def _add(self, folder: Path, name: str) -> Any:
        config = PeftConfig.from_pretrained(str(folder))
        config.inference_mode = True
        if self._wrapped is None:
            self._wrapped = PeftModel(self._model, config, name, autocast_adapter_dtype=False)
        else:
            self._wrapped.add_adapter(name, config, autocast_adapter_dtype=False)
        device = str(self._model.device)
        return self._wrapped.load_adapter(str(folder), name, torch_device=device, autocast_adapter_dtype=False)

    def _forget(self, name: str) -> None:
        if self._wrapped is not None and name in self._wrapped.peft_config:
            self._wrapped.delete_adapter(name)

    def _activate(self, use: _Use | None) -> None:
        self._active = use
        if use is not None:
            self._names.move_to_end(use.adapter)  # also on coming back to it: many chats may interrupt one drafting
            self._wrapped.base_model.enable_adapter_layers()
            self._wrapped.set_adapter(self._names[use.adapter])
            self._scale(self._names[use.adapter], use.strength)
        elif self._wrapped is not None:
            self._wrapped.base_model.disable_adapter_layers()

    def _scale(self, name: str, strength: float) -> None:
        """Not by PEFT's `rescale_adapter_scale`: on leaving it forgets the adapters that were loaded meanwhile."""
        for module in self._wrapped.modules():
            if isinstance(module, LoraLayer):
                module.set_scale(name, strength)


def _unfit(folder: Path) -> CitingError:
    return CitingError(f"The adapter in {folder} does not fit this student; choose the student it was trained on.")
