"""python benchmarks/first_paint.py [--starts N]: seconds from start to the first answer and to the first paint.

A bare Gradio app (one text box) and the studio in an empty data folder are started in turn, so that both see the same
machine. Chromium paints; without it only the first answer is timed. Prints medians and their ratio.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BARE = (
    "import gradio as gr, sys\n"
    "with gr.Blocks() as demo: gr.Textbox(label='bare')\n"
    "demo.launch(server_port=int(sys.argv[1]), quiet=True)\n"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    starts = parser.parse_args().starts
    found: dict[str, list[tuple[float, float]]] = {"bare Gradio": [], "CITING Studio": []}
    with chromium() as browser:
        for _ in range(starts):
            for name, times in found.items():
                times.append(one_start(name, browser))
    for what, index in (("first answer", 0), ("first paint", 1)):
        medians = {name: statistics.median(time_[index] for time_ in times) for name, times in found.items()}
        listed = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in medians.items())
        print(f"{what}: {listed}; ratio {medians['CITING Studio'] / medians['bare Gradio']:.2f} (n={starts})")


def one_start(name: str, browser: Browser | None) -> tuple[float, float]:
    """Seconds to the first answer and to the first paint of one start."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", BARE, str(port)]
        if name == "CITING Studio":
            command = [sys.executable, "app.py", "--data-dir", folder, "--port", str(port)]
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            url = f"http://127.0.0.1:{port}/"
            while not answers(url):
                time.sleep(0.02)
            answered = time.monotonic() - started
            return answered, answered + (paint(browser, url) if browser else 0.0)
        finally:
            process.terminate()
            process.wait()


def paint(browser: Browser, url: str) -> float:
    """Seconds from the request to the first contentful paint, as the browser itself says."""
    page = browser.new_page()
    page.goto(url)
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    milliseconds: float = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.close()
    return milliseconds / 1000


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def chromium() -> Iterator[Browser | None]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        print("Chromium is not installed: the first paint is not timed")
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    main()
