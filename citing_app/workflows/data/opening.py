"""A file's content: unpacked where it is compressed, and told by its first bytes, never by its name."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TextIO

import zstandard

from citing_app.errors import CitingError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGEST_UNPACKED = 2**31
"""Bytes that a compressed file may hold: a small one can unpack to more than any disk or memory."""
Kind = Literal["json", "csv", "parquet"]
_GZIP, _ZSTANDARD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_HEAD = 65_536
_ZIP, _ARROW = b"PK\x03\x04", (b"ARROW1", b"\xff\xff\xff\xff")
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)


class _Bounded(io.RawIOBase):
    """What a compressed file holds, up to `most` bytes."""

    def __init__(self, packed: BinaryIO, name: str, most: int) -> None:
        self._packed, self._name, self._most, self._left = packed, name, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        try:
            read = self._packed.read(len(view))
        except _DAMAGED as error:
            raise CitingError(f"{self._name} is damaged: it cannot be unpacked.") from error
        self._left -= len(read)
        if self._left < 0:
            raise CitingError(f"{self._name} unpacks to more than {self._most:,} bytes; import it in smaller files.")
        view[: len(read)] = read
        return len(read)


@contextmanager
def unpacked(path: Path, most: int = LARGEST_UNPACKED) -> Iterator[BinaryIO]:
    """The bytes of a file; of one in gzip or Zstandard those that it holds, at most `most` of them.

    Raises CitingError where there are more or where it is damaged, OSError where the file cannot be read.
    """
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic.startswith(_GZIP):
            packed: BinaryIO = gzip.GzipFile(fileobj=file)  # type: ignore[assignment]
        elif magic == _ZSTANDARD:
            packed = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        else:
            yield file
            return
        yield io.BufferedReader(_Bounded(packed, path.name, most), _HEAD)


@contextmanager
def as_text(path: Path, newline: str) -> Iterator[TextIO]:
    """The text of a file. Raises CitingError, also while it is read, where it is not UTF-8."""
    with unpacked(path) as file:
        try:
            yield io.TextIOWrapper(file, encoding="utf-8-sig", newline=newline)
        except UnicodeDecodeError as error:
            raise _not_utf8(path) from error


def kind_of(path: Path) -> Kind:
    """What the file holds. Raises CitingError with the way out where it is nothing that can be read."""
    with unpacked(path) as file:
        head = file.read(_HEAD)
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_ZIP):
        raise CitingError(
            f"{path.name} is a ZIP archive or a spreadsheet; "
            "unpack it, or save the sheet as CSV (UTF-8), and try again."
        )
    if head.startswith(_ARROW):
        raise CitingError(f"{path.name} is an Arrow file; save it as Parquet and try again.")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head[:2].count(0) == 1:
        raise CitingError(
            f"{path.name} is not UTF-8 text but UTF-16; save it as UTF-8 (in Excel: “CSV UTF-8”) and try again."
        )
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    if not text.strip():
        raise CitingError(f"{path.name} is empty.")
    return "json" if text.lstrip()[0] in "[{" else "csv"


def _not_utf8(path: Path) -> CitingError:
    return CitingError(f"{path.name} is not UTF-8 text; save it as UTF-8 and try again.")
