"""A page's panel: a component of Gradio that one ES module draws, and what that module may ask of the server."""

from __future__ import annotations

import inspect
import json
from abc import ABCMeta
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeVar

import gradio as gr
from gradio.blocks import Block
from gradio.component_meta import ComponentMeta

from citing_app.ui.assets import versioned_path
from citing_app.ui.components import answering
from citing_app.workflows.studio import Studio

Method = TypeVar("Method", bound=Callable[..., Any])
_SERVED = "served_"
_UNOPENED = "This page could not be opened; load it again."


def served(method: Method) -> Method:
    """Declare a method `(self, asked: SomeRequest, person: Person)` that the page's module may call by its name."""
    method.__dict__["is_served"] = True
    return method


class _WithoutStub(ComponentMeta):
    """Gradio writes a .pyi file beside the source of every component that is declared; ours need none."""

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> Any:
        return ABCMeta.__new__(cls, name, bases, attributes)


class Panel(gr.HTML, metaclass=_WithoutStub):
    """A component that the module `assets/pages/<script>.js` draws.

    The methods marked `served` are what it may ask: each is checked by the request that it declares, and by whom it is
    for (`owners_may`). `given` is handed to the module as JSON: what does not change while the app runs.
    """

    script: ClassVar[str]

    def __init__(self, studio: Studio, given: Any = None) -> None:
        self.studio = studio
        super().__init__(
            html_template='<div class="opening">Opening …</div>',
            js_on_load=_opening(self.script, given),
            apply_default_css=False,
            elem_classes=["script-panel"],
            server_functions=list(self._server_functions()),
        )

    def get_config(self, cls: type[Block] | None = None) -> dict[str, Any]:
        """What the browser is told: Gradio's own settings. Gradio would send the studio, a parameter, too."""
        told: dict[str, Any] = super(gr.HTML, self).get_config(gr.HTML)
        return {**told, "component_class_name": self.component_class_name}

    def _server_functions(self) -> Iterator[Callable[..., Any]]:
        """One for each served method, under a name of its own: Gradio puts them on the panel, and `x()` stays `x()`."""
        for name, method in inspect.getmembers_static(type(self), lambda member: hasattr(member, "is_served")):
            function = answering(method.__get__(self))
            function.__name__ = _SERVED + name
            yield function


def _opening(script: str, given: Any) -> str:
    module, name, value, sorry = map(json.dumps, (f"{versioned_path()}/lib/panel.js", script, given, _UNOPENED))
    return (
        f"import({module}).then((panel) => panel.open(element, server, {name}, {value}))"
        f".catch((error) => {{ console.error(error); element.textContent = studio.t({sorry}); }})"
    )
