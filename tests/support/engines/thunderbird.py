"""A real Thunderbird without a display, asked for its own verdict on each message."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.support.engines.algorithms import Encrypting, Signing
from tests.support.engines.engine import Ability, Program, Reading, Verb
from tests.support.engines.marionette import Marionette
from tests.support.engines.nss import NSS
from tests.support.mails import attachment, multipart, plain
from tests.support.openssl import Disagrees
from tests.support.pki import Authority, Issued
from tests.support.ports import free_ports

_SCRIPT = Path(__file__).with_suffix(".js")
_PASSWORD = "probe"
_NOWHERE = "127.0.0.1"
GOOD, NOT_THERE = 0, -1
# nsICMSMessageErrors: https://searchfox.org/comm-central/source/mailnews/mime/public/nsICMSMessageErrors.idl
CODES = {
    1024: "general error", 1025: "not yet attempted", 1028: "no certificate", 1029: "certificate not trusted",
    1030: "certificate not verified", 1032: "altered", 1034: "altered", 1036: "wrong digest algorithm", 1038: "From differs",
    1040: "no address in the certificate", 1041: "signing time differs from Date",
}
_VERIFIES = ("RSA SHA256", "RSA SHA384", "RSA SHA512", "RSA-PSS SHA256", "RSA-PSS SHA384", "RSA-PSS SHA512",
             "RSA-PSS SHA256 longest salt", "ECDSA P-256 SHA256", "ECDSA P-384 SHA384", "ECDSA P-521 SHA512")
# The library inside is newer than Debian's own NSS.
_DECRYPTS = (*(f"RSA, {name}" for name in ("AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "3DES-CBC")),
             *(f"RSA-OAEP {name}, AES-256-CBC" for name in ("SHA1", "SHA256", "SHA384", "SHA512")),
             *(f"ECDH {name}, AES-256-CBC" for name in ("P-256 SHA256", "P-384 SHA384", "P-521 SHA512")))


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What its window says; the codes are Mozilla's, 0 is good and -1 nothing there (or not opened)."""

    signature: int
    encryption: int
    signer: str
    subject: str
    text: str
    attachments: tuple[str, ...]


class Thunderbird:
    """Reads only: it is started with the first message and asked for one after the other."""

    name = "Thunderbird"
    can: frozenset[Ability] = frozenset(
        {(Verb.VERIFY, name) for name in _VERIFIES} | {(Verb.DECRYPT, name) for name in _DECRYPTS})

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._program = Program(folder)
        self._port = free_ports(1)[0]
        self._process: subprocess.Popen[bytes] | None = None
        self._new_keys: list[str] = []
        self._known: set[str] = set()
        NSS(folder, authority)  # a database that trusts the CA
        self._lay_out()

    def version(self) -> str:
        return self._program.run("dpkg-query", "-W", "-f=${source:Upstream-Version}", "thunderbird").decode()

    def sign(self, content: bytes, signer: Issued, algorithm: Signing, *, embed: bool = False) -> bytes:
        raise NotImplementedError("it is asked to read only")

    def encrypt(self, content: bytes, recipients: tuple[Issued, ...], algorithm: Encrypting) -> bytes:
        raise NotImplementedError("it is asked to read only")

    def read(self, message: bytes, recipient: Issued | None = None) -> Reading:
        shown = self.ask(message, recipient)
        bad = [f"{what} {code} ({CODES.get(code, 'unknown')})" for what, code in
               (("signature", shown.signature), ("encryption", shown.encryption)) if code > GOOD]
        if bad or shown.signature == shown.encryption == NOT_THERE:
            raise Disagrees(f"Thunderbird: {', '.join(bad) or 'nothing signed, nothing opened'}")
        parts = [attachment(name, b"") for name in shown.attachments]
        entity = multipart("mixed", plain(shown.text), *parts) if parts else plain(shown.text)
        return Reading(entity, shown.signature == GOOD, shown.encryption == GOOD)

    def ask(self, message: bytes, recipient: Issued | None = None) -> Shown:
        """Open this message in a window of its own, as the owner of the recipient's key."""
        keys = [self._key_file(recipient)] if recipient and recipient.sha256 not in self._known else []
        told = self._session.run(_SCRIPT.read_text(encoding="utf-8"), message.decode("latin-1"), keys, _PASSWORD)
        if "error" in told:
            raise Disagrees(f"Thunderbird: {told['error']}")
        self._known |= {recipient.sha256} if recipient else set()
        return Shown(
            signature=told["signature"], encryption=told["encryption"], signer=told["signer"], subject=told["subject"],
            text=told["text"], attachments=tuple(told["attachments"]))

    def close(self) -> None:
        """End it, in the hard way if it does not follow."""
        if self._process is None:
            return
        self._session.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)

    @cached_property
    def _session(self) -> Marionette:
        home = self._program.folder
        with (home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["thunderbird", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
                 "--profile", str(home)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8", "MOZ_CRASHREPORTER_DISABLE": "1"})
        return Marionette(self._port)

    def _key_file(self, issued: Issued) -> str:
        name = self._program.file(f"{issued.sha256[:16]}.p12", issued.p12(_PASSWORD.encode()))
        return str(self._program.folder / name)

    def _lay_out(self) -> None:
        folder = self._program.folder / "Mail/Local Folders"
        folder.mkdir(parents=True)
        (folder / "Inbox").touch()
        settings = _settings(folder, self._port).items()
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings]
        self._program.file("user.js", "".join(lines).encode())


def _settings(inbox: Path, port: int) -> dict[str, object]:
    """One account of local folders, and a proxy that is not there for whatever it would like to ask the network."""
    account: dict[str, object] = {
        "mail.accountmanager.accounts": "account1", "mail.accountmanager.localfoldersserver": "server1",
        "mail.account.account1.server": "server1", "mail.server.server1.type": "none",
        "mail.server.server1.hostname": "Local Folders", "mail.server.server1.name": "Local Folders",
        "mail.server.server1.userName": "nobody", "mail.server.server1.directory": str(inbox),
        "mail.server.server1.directory-rel": "[ProfD]Mail/Local Folders",
        "mail.server.server1.storeContractID": "@mozilla.org/msgstore/berkeleystore;1"}
    quiet: dict[str, object] = {
        "app.update.enabled": False, "datareporting.policy.dataSubmissionEnabled": False, "mail.spotlight.firstRunDone": True,
        "mail.shell.checkDefaultClient": False, "mailnews.start_page.enabled": False, "mail.rights.version": 1,
        "mailnews.auto_config.enabled": False, "extensions.update.enabled": False, "extensions.getAddons.cache.enabled": False,
        "app.normandy.enabled": False, "app.donation.eoy.version.viewed": 9999,
        "browser.safebrowsing.downloads.enabled": False, "services.settings.server": f"http://{_NOWHERE}:9/"}
    offline: dict[str, object] = {
        "security.OCSP.enabled": 0, "network.proxy.type": 1, "network.proxy.http": _NOWHERE, "network.proxy.http_port": 9,
        "network.proxy.ssl": _NOWHERE, "network.proxy.ssl_port": 9, "network.proxy.share_proxy_settings": True,
        "network.trr.mode": 5, "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False}
    return {"marionette.port": port, **account, **quiet, **offline}
