"""A complete configuration in a folder of the test: keys, anchors, store; nothing of it needs root."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.pki import Authority, Issued

PASSPHRASE = b"nur zur Probe"


class Places:
    """`config` names everything below `home`; `write` replaces whole sections of it."""

    def __init__(self, home: Path, authority: Authority, own: Mapping[str, Issued]) -> None:
        self.home, self.config = home, home / "smime-milter.yaml"
        for name in ("keys", "state", "credentials"):
            (home / name).mkdir(mode=0o700)
        (home / "root.pem").write_bytes(authority.root_pem)
        (home / "credentials/keys").write_bytes(PASSPHRASE)
        for name, issued in own.items():
            (home / f"keys/{name}.p12").write_bytes(issued.p12(PASSPHRASE))
            (home / f"keys/{name}.p12").chmod(0o600)
        self.write()

    @property
    def store(self) -> str:
        return f"sqlite:///{self.home}/state/certificates.db"

    def write(self, more: str = "", *, milter: str = "", domains: str = "[wwk.de, wwk.at]") -> None:
        self.config.write_text(
            f"organisation:\n  domains: {domains}\n  networks: [127.0.0.0/8]\n  authserv_id: mail.wwk.de\n"
            f"milter:\n  socket: \"unix:{self.home}/milter.sock\"\n  workers: 1\n{milter}"
            f"certificates:\n  store: \"{self.store}\"\n  anchors: [\"{self.home}/root.pem\"]\n  activation: immediately\n"
            f"  revocation: {{mode: \"off\"}}\nkeys:\n  directory: {self.home}/keys\n  passphrase_credential: keys\n"
            f"logging:\n  journal: false\n{more}")
