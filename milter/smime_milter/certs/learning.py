"""The rules of learning a signer's certificate that need nothing but the certificate (H2 to H4)."""

from __future__ import annotations

from datetime import datetime

from smime_milter.certs.fitness import why_unfit_to_encrypt
from smime_milter.model.address import belongs_to
from smime_milter.model.certificate import Certificate


def why_not_learned(
    certificate: Certificate, *, author: str, own_domains: tuple[str, ...], at: datetime
) -> str | None:
    """Name the rule that speaks against it, None if none does; H1 (the mail is verified) is the caller's.

    `author` is the one From mailbox, comparable. H2: the certificate names it. H3: it is none of
    ours. H4: something could be encrypted with it today.
    """
    if certificate.has_bad_address or author not in certificate.addresses:
        return "H2"
    if belongs_to(author.rpartition("@")[2], own_domains):
        return "H3"
    return "H4" if why_unfit_to_encrypt(certificate, author, at) is not None else None
