"""Two streams at once: each runs in a thread of its own, and what arrives is handed on as it arrives."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def interleaved(streams: Sequence[Iterator[T]]) -> Generator[tuple[int, T], None, None]:
    """(index of the stream, element) in the order of arrival; the first exception of a stream is raised here.

    A reader that leaves early ends each stream at its next element.
    """
    left = threading.Event()
    arrived: queue.Queue[tuple[int, T | BaseException | None]] = queue.Queue()

    def drain(index: int, stream: Iterator[T]) -> None:
        try:
            for element in stream:
                if left.is_set():
                    return
                arrived.put((index, element))
            arrived.put((index, None))
        except BaseException as error:  # handed to the reader, who raises it
            arrived.put((index, error))

    for index, stream in enumerate(streams):
        threading.Thread(target=drain, args=(index, stream), daemon=True).start()
    running = len(streams)
    try:
        while running:
            index, element = arrived.get()
            if element is None:
                running -= 1
            elif isinstance(element, BaseException):
                raise element
            else:
                yield index, element
    finally:
        left.set()
