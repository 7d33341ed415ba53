"""libmilter's side of a connection without an MTA: the events in order, what was answered, and every edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import Milter
import milter

from smime_milter.adapters.milter.runtime import Current
from smime_milter.adapters.milter.session import Session

EVERYTHING = (Milter.CURR_ACTS, 0x1FFFFF, 0, 0)
MACROS = {"j": "mail.wwk.de", "i": "4XyZ12", "{client_addr}": "192.0.2.1", "{daemon_name}": "smtpd"}


@dataclass
class FakeContext:
    """What pymilter calls milterContext; `fails` names calls that raise, `seen` is all that was asked of the MTA."""

    macros: dict[str, str] = field(default_factory=lambda: dict(MACROS))
    fails: Mapping[str, BaseException] = field(default_factory=dict)
    seen: list[tuple[Any, ...]] = field(default_factory=list)
    replies: list[tuple[str, ...]] = field(default_factory=list)
    private: Any = None
    beats: int = 0

    def setpriv(self, private: Any) -> None:
        self.private = private

    def getpriv(self) -> Any:
        return self.private

    def _setpriv(self, private: Any) -> None:
        self.private = private

    def getsymval(self, name: str) -> str | None:
        self._may_fail("getsymval")
        return self.macros.get(name)

    def setsymlist(self, stage: int, names: str) -> None:
        self._may_fail("setsymlist")

    def setreply(self, code: str, status: str, *lines: str) -> None:
        self._may_fail("setreply")
        if any("%" in line.replace("%%", "") or "\r" in line or "\n" in line or len(line) > 980 for line in lines):
            raise milter.error("cannot set reply")
        self.replies.append((code, status, *lines))

    def replacebody(self, octets: bytes) -> None:
        self._edit("replacebody", bytes(octets))

    def chgheader(self, name: str, number: int, value: str | None) -> None:
        self._edit("chgheader", name, number, value)

    def addheader(self, name: str, value: str, index: int = -1) -> None:
        if "\0" in name + value:
            raise ValueError("embedded null character")
        self._edit("addheader", name, value, index)

    def chgfrom(self, sender: str, parameters: str | None = None) -> None:
        self._edit("chgfrom", sender, parameters)

    def progress(self) -> None:
        self._may_fail("progress")
        self.beats += 1

    def _edit(self, call: str, *what: Any) -> None:
        self._may_fail(call)
        self.seen.append((call, *what))

    def _may_fail(self, call: str) -> None:
        if call in self.fails:
            raise self.fails[call]


class Dialog:
    """One connection. Events go through pymilter's own callbacks where it has any."""

    def __init__(self, current: Current, context: FakeContext | None = None, *, granted: tuple[int, ...] = EVERYTHING,
                 is_connected: bool = True) -> None:
        self.context = context or FakeContext()
        self.session = Session(current)
        self.session._setctx(self.context)
        self.options = list(granted)
        self.negotiated = self._called(self.session.negotiate, self.options)
        if is_connected:
            self.connected = self._called(self.session.connect, "client.example", 2, (self.context.macros["{client_addr}"], 2525))

    @staticmethod
    def _called(callback: Callable[..., Any], *arguments: Any) -> int:
        """As pymilter's C code does: what is no number would end in a TEMPFAIL and an ugly print."""
        answer = callback(*arguments)
        assert isinstance(answer, int) and not isinstance(answer, bool), answer
        return answer

    def mail(self, sender: str = "<alice@makler.example>", *parameters: str) -> int:
        return self._called(self.session.envfrom_bytes, *(p.encode("utf-8", "surrogateescape") for p in (sender, *parameters)))

    def rcpt(self, recipient: str = "<erika.berger@wwk.de>") -> int:
        return self._called(self.session.envrcpt_bytes, recipient.encode("utf-8", "surrogateescape"))

    def header(self, name: str, value: bytes) -> int:
        return self._called(self.session.header_bytes, name, value)

    def eoh(self) -> int:
        return self._called(self.session.eoh)

    def body(self, chunk: bytes) -> int:
        return self._called(self.session.body, chunk)

    def eom(self) -> int:
        return self._called(self.session.eom)

    def abort(self) -> int:
        return self._called(self.session.abort)

    def close(self) -> int:
        return self._called(self.session.close)

    def send(self, octets: bytes, *, sender: str = "<alice@makler.example>",
             recipients: tuple[str, ...] = ("<erika.berger@wwk.de>",)) -> int:
        """A whole message; the answer to its end, or the first one before that is not "go on"."""
        answers = [self.mail(sender), *(self.rcpt(r) for r in recipients)]
        for answer in answers:
            if answer != Milter.CONTINUE:
                return answer
        head, _, content = octets.partition(b"\r\n\r\n")
        for line in head.replace(b"\r\n ", b"\n ").replace(b"\r\n\t", b"\n\t").split(b"\r\n"):
            name, _, value = line.partition(b":")
            self.header(name.decode("utf-8"), value)
        self.eoh()
        for at in range(0, len(content), 65535):
            self.body(content[at : at + 65535])
        return self.eom()
