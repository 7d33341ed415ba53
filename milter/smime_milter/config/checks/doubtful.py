"""Settings that are possible and rarely meant."""

from __future__ import annotations

from collections.abc import Iterator

from smime_milter.config.checks.result import Result, note, warning
from smime_milter.model.settings import Encrypt, Mode, Settings


def check(settings: Settings) -> Iterator[Result]:
    """Warn of what lets mail out, or in, that should be stopped."""
    if any(network.prefixlen == 0 for network in settings.organisation.networks):
        yield warning("organisation.networks", "every client is one of ours: mail from outside is taken for mail from us")
    if settings.outbound.encrypt is Encrypt.PERSONAL_DATA and not settings.personal_data.policy_numbers:
        yield warning("personal_data.policy_numbers", "empty: mail with nothing but a policy number leaves unencrypted")
    if settings.outbound.mode is Mode.OBSERVE:
        yield note("outbound.mode", "observe: decisions are logged, and mail leaves as it came")
