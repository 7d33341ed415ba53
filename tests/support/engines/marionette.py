"""Mozilla's remote protocol: a length, a colon, JSON; one command, one answer."""

from __future__ import annotations

import json
import socket
import time
from typing import Any


class MarionetteError(Exception):
    """The browser could not do what it was told."""


class Marionette:
    """A session in the privileged context of a program that was started with --marionette."""

    def __init__(self, port: int, *, patience: float = 60.0) -> None:
        self._socket = _connected(port, patience)
        self._rest = b""
        self._number = 0
        self._answer()  # it greets
        self.command("WebDriver:NewSession", capabilities={"alwaysMatch": {}})
        self.command("Marionette:SetContext", value="chrome")
        self.command("WebDriver:SetTimeouts", script=int(patience * 1000))

    def run(self, script: str, *arguments: object) -> Any:
        """The value a script gives to its last argument, a function."""
        return self.command("WebDriver:ExecuteAsyncScript", script=script, args=list(arguments), newSandbox=True)["value"]

    def command(self, name: str, **parameters: object) -> Any:
        self._number += 1
        octets = json.dumps([0, self._number, name, parameters]).encode("utf-8")
        self._socket.sendall(b"%d:%b" % (len(octets), octets))
        _, _, error, value = self._answer()
        if error:
            raise MarionetteError(error["message"])
        return value

    def close(self) -> None:
        """Ask the program to end."""
        try:
            self.command("Marionette:Quit", flags=["eForceQuit"])
        except OSError:
            pass  # it was quicker than its answer
        self._socket.close()

    def _answer(self) -> Any:
        head = self._read_until(lambda octets: b":" in octets)
        size, _, self._rest = head.partition(b":")
        octets = self._read_until(lambda octets: len(octets) >= int(size))
        self._rest = octets[int(size):]
        return json.loads(octets[: int(size)])

    def _read_until(self, is_enough: Any) -> bytes:
        octets = self._rest
        while not is_enough(octets):
            piece = self._socket.recv(65536)
            if not piece:
                raise ConnectionError("the program closed the connection")
            octets += piece
        return octets


def _connected(port: int, patience: float) -> socket.socket:
    until = time.monotonic() + patience
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=patience)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
