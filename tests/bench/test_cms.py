"""Figures of our CMS beside one `openssl cms` process on the same input in the same run; printed, never judged by time."""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import pytest

from smime_milter.adapters.keys.files import FileKeys
from smime_milter.cms.enveloped_data import decrypt, encrypt, smime_type, transports
from smime_milter.cms.signed_data import sign, verify
from smime_milter.cms.smime import Built, clear_signed, cms_octets, digest_of, enveloped, signed_part
from smime_milter.mime.parse import parse
from smime_milter.model.signature import SignatureReason
from smime_milter.model.spool import Spool
from tests.support.fakes_keys import held
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued, rsa_key

pytestmark = pytest.mark.bench

US = "erika@wwk.de"
AT = datetime(2026, 11, 24, tzinfo=timezone.utc)
SIZES = {"4 kB": 4096, "100 kB": 100 * 1024, "10 MB": 10 * 1024 * 1024}
RECIPIENTS = (1, 10, 100)
ROUNDS = {"4 kB": 25, "100 kB": 25, "10 MB": 7}


def entity(size: int) -> bytes:
    head = b"Content-Type: text/plain; charset=us-ascii\r\n\r\n"
    line = b"Guten Tag, anbei die Unterlagen zum Vertrag, wie besprochen; mit freundlichem Gruss.\r\n"
    return head + line * ((size - len(head)) // len(line))


@dataclass(frozen=True)
class Figures:
    """Milliseconds (median) of ours and of the process, and how far our memory grew in times the content."""

    name: str
    ours: float
    theirs: float
    memory: float

    def line(self) -> str:
        return f"{self.name:36}{self.ours:9.2f}{self.theirs:11.2f}{self.ours / self.theirs:9.2f}{self.memory:9.1f}"


TITLE = f"{'':36}{'ours ms':>9}{'openssl ms':>11}{'times':>9}{'memory':>9}"


class Bench:
    """One content, one signer who is also the first recipient."""

    def __init__(self, folder: Path, size: str) -> None:
        self.openssl, self.size, self.content = OpenSSL(folder), size, entity(SIZES[size])
        self.authority = Authority()
        self.erika = self.authority.issue(US, key=rsa_key("rsa2048", 0))
        self.own = held(US, self.erika)
        self.keys = FileKeys([self.own])
        self.openssl.file("content", self.content)
        self.openssl.file("own.pem", self.erika.pem)
        self.openssl.file("own.key", self.erika.key_pem)
        self.openssl.file("root.pem", self.authority.root_pem)

    def compare(self, name: str, ours: Callable[[], object], *arguments: str) -> Figures:
        """One after the other in every round, so that both meet the same machine."""
        def theirs() -> object:
            return self.openssl.run("cms", "-out", "result", *arguments)

        times: tuple[list[float], list[float]] = ([], [])
        for number in range(ROUNDS[self.size] + 1):
            for kept, run in zip(times, (ours, theirs)):
                begin = time.perf_counter()
                run()
                if number:
                    kept.append((time.perf_counter() - begin) * 1000)
        return Figures(f"{name}, {self.size}", statistics.median(times[0]), statistics.median(times[1]),
                       grown(ours) / len(self.content))

    def signed(self) -> Spool:
        signer: Callable[[bytes], bytes] = lambda data: self.keys.sign(self.own.own, data)  # noqa: E731
        return spooled(clear_signed(
            lambda: [self.content], boundary="=_b",
            sign=lambda digest: sign(digest, chain=self.erika.chain, signer=signer, signing_time=AT)))

    def verified(self, mail: Spool) -> None:
        octets = mail.octets()
        root = parse(octets)
        span = signed_part(octets, root)
        assert span is not None
        start, end = span
        check = verify(cms_octets(octets, root.parts[1]), lambda name: digest_of(octets, start, end, name))
        assert check.reason is SignatureReason.GOOD

    def encrypted(self, certificates: list[bytes], how: str = "aes-256-cbc") -> Spool:
        made = encrypt([self.content], len(self.content), certificates=certificates, content_encryption=how)
        return spooled(enveloped(made, smime_type(how)))

    def decrypted(self, mail: Spool) -> None:
        octets = mail.octets()
        cms = cms_octets(octets, parse(octets))
        found = transports(cms)
        assert isinstance(found, tuple)
        key = self.keys.unwrap([US], found)
        assert key is not None
        out = Spool()
        for piece in decrypt(cms, key) or ():
            out.write(piece)
        assert len(out) == len(self.content)


def spooled(built: Built) -> Spool:
    spool = Spool()
    spool.write(b"".join(f.line() for f in built[0]) + b"\r\n")
    write_all(spool, built[1])
    return spool


def write_all(spool: Spool, chunks: Iterable[bytes]) -> None:
    """Small chunks joined, as the worker does it."""
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        if len(kept) > 1 << 20:
            spool.write(kept)
            kept.clear()
    spool.write(kept)


def grown(run: Callable[[], object]) -> int:
    """How many bytes the process grew at most while this ran, measured in a child; the result's spool counts."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        before = _status("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        result = run()
        spool = len(result) if isinstance(result, Spool) else 0
        os.write(writer, str(_status("VmHWM") - before + spool).encode())
        os._exit(0)
    os.waitpid(child, 0)
    answer = os.read(reader, 40)
    os.close(reader)
    os.close(writer)
    return max(0, int(answer or b"0"))


def _status(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def many(authority: Authority, first: Issued, count: int) -> list[Issued]:
    return [first, *(authority.issue(f"r{number}@wwk.de") for number in range(1, count))]


@pytest.mark.parametrize("size", SIZES)
def test_times_beside_openssl(size: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sign, verify, encrypt and decrypt, MIME included on both sides: a table of medians; the work itself must succeed."""
    bench = Bench(tmp_path, size)
    own = ("-signer", "own.pem", "-inkey", "own.key")
    rows = [bench.compare("sign", bench.signed, "-sign", "-binary", "-in", "content", *own)]
    mail = bench.signed()
    bench.openssl.file("signed", bytes(mail.octets()[:]))
    rows.append(bench.compare("verify", lambda: bench.verified(mail), "-verify", "-in", "signed", "-CAfile", "root.pem"))
    for count in RECIPIENTS:
        people = many(bench.authority, bench.erika, count)
        names = [bench.openssl.file(f"r{number}.pem", one.pem) for number, one in enumerate(people)]
        certificates = [one.der for one in people]
        rows.append(bench.compare(f"encrypt to {count}", lambda: bench.encrypted(certificates),
                                  "-encrypt", "-binary", "-aes-256-cbc", "-in", "content", *names))
    rows.append(bench.compare("encrypt to 1, GCM", lambda: bench.encrypted([bench.erika.der], "aes-256-gcm"),
                              "-encrypt", "-binary", "-aes-256-gcm", "-in", "content", "own.pem"))
    for how in ("aes-256-cbc", "aes-256-gcm"):
        sealed = bench.encrypted([bench.erika.der], how)
        bench.openssl.file("sealed", bytes(sealed.octets()[:]))
        rows.append(bench.compare(f"decrypt, {how[-3:].upper()}", lambda: bench.decrypted(sealed),
                                  "-decrypt", "-binary", "-in", "sealed", "-recip", "own.pem", "-inkey", "own.key"))
    with capsys.disabled():
        print("\n" + "\n".join([TITLE, *(row.line() for row in rows)]))
    assert len(rows) == 8
