"""The bytes of one message, outside the Python heap.

A spool lives in anonymous memory of the kernel: handing it to another process costs a
descriptor, not a copy, and it vanishes with its last holder, whatever kills that holder.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator

Octets = bytes | mmap.mmap
CHUNK = 256 * 1024


class Spool:
    """Append until `octets()` is called, then read only. Its descriptor closes with the object."""

    __slots__ = ("fd", "_size", "_octets")

    def __init__(self, fd: int | None = None) -> None:
        # The name would be visible in /proc: it says nothing of the message.
        self.fd = os.memfd_create("message", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING) if fd is None else fd
        self._size = 0 if fd is None else os.fstat(fd).st_size
        self._octets: Octets | None = None

    @classmethod
    def of(cls, data: bytes) -> Spool:
        spool = cls()
        spool.write(data)
        return spool

    def write(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            done = os.pwrite(self.fd, view, self._size)
            self._size += done
            view = view[done:]

    def octets(self) -> Octets:
        """All bytes, mapped, not copied: `find` and slicing work as on bytes, slices are bytes.

        Raises OSError if the other holder of a received spool still maps it for writing.
        """
        if self._octets is None:
            # Another process holds this memory too: without the seals it could change what was
            # checked, or cut it off and kill us with SIGBUS.
            fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
            self._size = os.fstat(self.fd).st_size
            self._octets = mmap.mmap(self.fd, self._size, prot=mmap.PROT_READ) if self._size else b""
        return self._octets

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        octets = self.octets()
        stop = len(octets) if end is None else end
        for at in range(start, stop, CHUNK):
            yield octets[at : min(at + CHUNK, stop)]

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"Spool({self._size} bytes)"

    def __del__(self) -> None:
        try:
            os.close(self.fd)
        except (OSError, AttributeError):  # interpreter shutdown, or __init__ did not finish
            return
