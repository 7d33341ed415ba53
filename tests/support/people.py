"""The invented people of demo and end-to-end tests, with certificates that are valid now."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tests.support.pki import Authority, Issued

ERIKA = "erika.berger@wwk.de"            # clerk, with a key of her own
JONAS = "jonas.wimmer@wwk.at"            # clerk, his domain signs for him
MAKLERIN = "sabine.thaler@makler.example"    # broker, signs her mail
KANZLEI = "kanzlei@kanzlei.example"      # lawyer's office, signs its mail
NOTARIAT = "notariat@notar.example"      # signs its mail; in no sample
GUTACHTER = "buero@gutachter.example"    # has no certificate
FREMDER = "absender@irgendwo.example"    # has one from a CA nobody trusts
SIGNING = (MAKLERIN, KANZLEI, NOTARIAT)


class People:
    """A throw-away CA and everybody's certificate; `stranger` is signed by another CA of the same name."""

    def __init__(self) -> None:
        self._today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
        before = self._today - timedelta(days=30)
        self.authority = Authority("Probe", before)
        self.own = {ERIKA: self._issue(ERIKA), "wwk.at": self._issue("smime@wwk.at", name="WWK Austria")}
        self.partners = {address: self._issue(address) for address in SIGNING}
        # "Probe" again: a name proves nothing.
        self.stranger = Authority("Probe", before, key="p256").issue(
            FREMDER, not_before=self._today, not_after=self._today + timedelta(days=365))

    def _issue(self, address: str, *, name: str = "") -> Issued:
        return self.authority.issue(
            address, not_before=self._today, not_after=self._today + timedelta(days=365), common_name=name or address)

    def of(self, address: str) -> Issued:
        """Whoever writes from this address."""
        everybody = {**self.own, **self.partners, FREMDER: self.stranger}
        return everybody.get(address) or everybody[address.rpartition("@")[2]]
