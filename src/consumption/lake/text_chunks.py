"""Text files cut into pieces of whole lines, checked to be UTF-8, plain or gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from consumption.lake.batches import UnreadableFile, WrongEncoding

CHUNK_BYTES = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# A quote that is never closed must not pull a whole file into memory.
_LONGEST_QUOTED = 8


@dataclass(frozen=True)
class Chunk:
    """Whole lines of a file; `first_line` counts from 1."""

    data: bytes
    first_line: int


def is_gzip(path: Path) -> bool:
    """Whether the file is gzip, whatever its name."""
    try:
        with path.open("rb") as file:
            return file.read(2) == _GZIP
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error)) from error


def opened(path: Path) -> BinaryIO:
    """The file's bytes, unpacked if it is gzip."""
    return cast("BinaryIO", gzip.open(path)) if is_gzip(path) else path.open("rb")


def chunks(path: Path, *, size: int = CHUNK_BYTES, quoted: bool = False) -> Iterator[Chunk]:
    """The file in pieces of about `size` bytes that end at a line; not inside quotes, if lines may be `quoted`."""
    line = 1
    for data in _whole_lines(path, size, quoted):
        _check_utf8(path, data, line)
        yield Chunk(data, line)
        line += data.count(b"\n")


def _whole_lines(path: Path, size: int, quoted: bool) -> Iterator[bytes]:
    held = b""
    for block in _blocks(path, size):
        held += block
        cut = _last_line_end(held, quoted, force=len(held) > _LONGEST_QUOTED * size)
        if cut:
            yield held[:cut]
            held = held[cut:]
    if held:
        yield held


def _last_line_end(data: bytes, quoted: bool, *, force: bool) -> int:
    """Where the last line that is not inside quotes ends; 0 if there is none."""
    cut = data.rfind(b"\n") + 1
    if not quoted or force:
        return cut
    quotes = data.count(b'"', 0, cut)
    while quotes % 2:  # the cut is inside quotes: go back to the line that opens them
        earlier = data.rfind(b"\n", 0, data.rfind(b'"', 0, cut)) + 1
        quotes -= data.count(b'"', earlier, cut)
        cut = earlier
    return cut


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    try:
        with opened(path) as file:
            block = file.read(size).removeprefix(_BOM)
            while block:
                yield block
                block = file.read(size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFile(path, f"its gzip data is damaged or cut off ({error})") from error
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error)) from error


def _check_utf8(path: Path, data: bytes, first_line: int) -> None:
    if first_line == 1 and data[:2] in _UTF16:
        raise WrongEncoding(path, 1, "the mark of UTF-16")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = first_line + data.count(b"\n", 0, error.start)
        raise WrongEncoding(path, line, f"the byte 0x{data[error.start]:02X}") from error
