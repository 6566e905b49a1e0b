"""Text files of a workspace, plain or packed, in whatever encoding: read in pieces, and written anew as they were."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

_PIECE_BYTES = 16 * 1024 * 1024
_OPENERS: dict[bytes, Callable[..., object]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
# Packed in a way that nothing here can read.
_CLOSED = (b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c", b"Rar!")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

DAMAGED = (OSError, EOFError, UnicodeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
"""What reading such a file may raise."""


class NotText(ValueError):
    """The file is not text, or is packed in a way that cannot be written anew here."""


def pieces(file: Path) -> Iterator[str]:
    """The text of a file, and of every file in a ZIP; raises `NotText` where it cannot be looked into."""
    if _head(file).startswith(_CLOSED):
        raise NotText
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            for name in packed.namelist():
                with packed.open(name) as member:
                    yield from _decoded(cast("BinaryIO", member))
        return
    with _opened(file, "rb") as stream:
        yield from _decoded(stream)


def is_text(file: Path) -> bool:
    """Whether a file can be written anew with another text."""
    return not zipfile.is_zipfile(file) and not any("\0" in piece for piece in pieces(file))


def rewrite(file: Path, made: Path, changed: Callable[[str], str]) -> None:
    """Write `made` as `file` is, with its text changed; bytes that are no text stay. Raises `NotText`."""
    if zipfile.is_zipfile(file):
        raise NotText
    with _opened(file, "rb") as stream:
        data = stream.read()
    if data.startswith(_UTF16):
        left = changed(data.decode("utf-16")).encode("utf-16")
    elif b"\0" in data:
        # Lengths are written in such files: a shorter text would break them.
        raise NotText
    else:
        left = changed(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    with _opener(file)(made, "wb") as out:
        out.write(left)


def _decoded(stream: BinaryIO) -> Iterator[str]:
    first = stream.read(_PIECE_BYTES)
    decoder = codecs.getincrementaldecoder("utf-16" if first.startswith(_UTF16) else "utf-8")(errors="ignore")
    while first:
        yield decoder.decode(first)
        first = stream.read(_PIECE_BYTES)


def _opened(file: Path, mode: str) -> BinaryIO:
    return _opener(file)(file, mode)


def _opener(file: Path) -> Callable[[Path, str], BinaryIO]:
    """How a file of this kind is opened, whatever its name."""
    head = _head(file)
    found = next((opener for sign, opener in _OPENERS.items() if head.startswith(sign)), open)
    return cast("Callable[[Path, str], BinaryIO]", found)


def _head(file: Path) -> bytes:
    with file.open("rb") as start:
        return start.read(8)
