"""Settings that are accepted already and act differently until their part of the program exists."""

from __future__ import annotations

from collections.abc import Iterator

from smime_milter.config.checks.result import Result, note, warning
from smime_milter.model.settings import Settings, UnreadableAttachments, WithoutCertificate


def check(settings: Settings) -> Iterator[Result]:
    """Say what a setting really does today."""
    if settings.certificates.lookup:
        yield warning("certificates.lookup", "not used yet: certificates come from signed mail and from certs import")
    yield from _of("outbound", settings.outbound.without_certificate, settings.outbound.unreadable_attachments)
    for name, partner in settings.partners.items():
        yield from _of(f"partners.{name}", partner.without_certificate, partner.unreadable_attachments)


def _of(path: str, without: WithoutCertificate | None, unreadable: UnreadableAttachments | None) -> Iterator[Result]:
    if without is WithoutCertificate.PSEUDONYMISE:
        yield note(f"{path}.without_certificate", "until pseudonymising exists, mail without a certificate is held")
    if unreadable is UnreadableAttachments.REMOVE:
        yield note(f"{path}.unreadable_attachments", "until attachments can be removed, mail with unreadable ones is held")
