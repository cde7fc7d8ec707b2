"""A small studio behind the real host, which test_host.py runs as `python host_app.py FOLDER PORT`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from citing_app.ui.environment import settle_gradio


def main(folder: Path, port: int) -> None:
    """Serve two pages, a server function and the endpoints `echo`, `slow`, `bug` and `sentence`."""
    settle_gradio(folder / "uploads")
    import gradio as gr
    from gradio.events import api

    from citing_app.ui.host import OwnBlocks, build_host
    from citing_app.ui.serve import serve

    def echo(item: int, who: str = "me") -> dict[str, object]:
        return {"item": item, "who": who}

    def slow(seconds: float) -> str:
        time.sleep(seconds)
        return "done"

    def bug(item: int) -> str:
        raise ValueError("the inner secret")

    def sentence(item: int) -> str:
        raise gr.Error("Choose an item first.", print_exception=False)

    def count() -> Iterator[str]:
        for number in range(3):
            yield str(number)

    with OwnBlocks(title="Host test") as blocks:
        gr.HTML(
            "first",
            html_template="<b id='value'>{{value}}</b>",
            js_on_load="server.slow(0).then(answer => { element.dataset.answer = answer; });",
            server_functions=[slow],
            elem_id="panel",
        )
        counted = gr.Textbox(elem_id="counted")
        blocks.load(count, None, counted)
        for endpoint in (echo, slow, bug, sentence):
            api(endpoint, api_name=endpoint.__name__)
    with blocks.route("Rounds", "/rounds", show_in_navbar=False):
        gr.Markdown("# Rounds", elem_id="rounds")
        gr.File(elem_id="file")
        gr.Chatbot()
        gr.Dataframe([[1, 2]])

    app = build_host(
        blocks,
        upload_folder=folder / "uploads",
        max_upload_bytes=2 * 2**20,
        assets=folder / "assets",
        theme=gr.themes.Base(font=["system-ui"], font_mono=["monospace"]),
        head='<script src="/studio/early.js"></script>',
        masthead='<header id="masthead">Studio</header>',
        allowed_hosts=["studio.example"],
        allowed_paths=[folder / "exports"],
        moved={"/panels": "/rounds"},
    )
    serve(app, "127.0.0.1", port)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
