"""python benchmarks/keys.py [--decisions N]: milliseconds from a key press to the next item, and to "saved".

The bundled worked examples are accepted by key in a real Chromium, one every 0.4 seconds. "Next item" is the first
frame after the press in which another instruction stands on the page. Prints medians and 95th percentiles.
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

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PRESS = """() => new Promise((done) => {
  const heading = document.querySelector("h1").textContent;
  const began = performance.now();
  let next = null;
  const look = () => {
    const now = performance.now();
    if (next === null && document.querySelector("h1")?.textContent !== heading) next = now - began;
    const saved = document.querySelector(".deck .note").textContent.includes("saved");
    if (next !== null && saved) return done([next, now - began]);
    if (now - began > 20000) return done(null);
    requestAnimationFrame(look);
  };
  document.querySelector(".deck .note").textContent = "";
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
  requestAnimationFrame(look);
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=60)
    decisions = parser.parse_args().decisions
    with tempfile.TemporaryDirectory() as folder, studio(Path(folder)) as url, sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        page.locator("h1").wait_for()
        times = [one for _ in range(decisions) if (one := press(page)) is not None]
        browser.close()
    print(f"{len(times)} of {decisions} decisions")
    for name, values in zip(("next item", "saved"), zip(*times, strict=True), strict=True):
        p95 = statistics.quantiles(values, n=20)[-1]
        print(f"{name:10} p50 {statistics.median(values):5.0f} ms   p95 {p95:5.0f} ms")


def press(page: Page) -> tuple[float, float] | None:
    time.sleep(0.4)
    found: tuple[float, float] | None = page.evaluate(PRESS)
    return found


@contextlib.contextmanager
def studio(folder: Path) -> Iterator[str]:
    """The app on the bundled curriculum, with no model to prepare beside it; its address."""
    environment = {**os.environ, "CITING_CACHE_DIR": str(folder / "cache"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    given = [sys.executable, "-m", "citing_app", "--data-dir", str(folder / "data")]
    subprocess.run([*given, "import", "bundled"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "app.py", "--data-dir", str(folder / "data"), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/"
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
