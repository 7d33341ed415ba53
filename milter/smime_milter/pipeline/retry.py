"""Let held mail try again: every recipient alone, through the same five steps."""

from __future__ import annotations

from collections.abc import Callable

from smime_milter.mime.parse import split_message
from smime_milter.model.address import parse_address
from smime_milter.model.decision import Treatment
from smime_milter.model.inspection import Direction
from smime_milter.model.message import Client, Envelope, Recipient
from smime_milter.model.outcome import HeldMail, Outcome
from smime_milter.model.reply import Verdict
from smime_milter.model.settings import Settings
from smime_milter.pipeline import process
from smime_milter.pipeline.edited import edited
from smime_milter.pipeline.tools import Tools
from smime_milter.ports import Submit


def envelope_of(mail: HeldMail, number: int) -> Envelope:
    """The transaction this recipient's copy would have been, submitted from inside."""
    given = mail.recipients[number]
    return Envelope(
        sender=parse_address(mail.sender), sender_given=mail.sender, recipients=(Recipient(given, parse_address(given)),),
        client=Client(address=mail.client, login="held"))


def leaves(outcome: Outcome) -> bool:
    """Whether the new decision lets it out; in observe mode, where everything passes, held mail stays."""
    return outcome.reply.verdict is Verdict.ACCEPT and outcome.decision.apply


def leaves_protected(outcome: Outcome) -> bool:
    """Whether it goes out encrypted, or to a colleague."""
    is_protected = outcome.decision.treatment in (Treatment.ENCRYPTED, Treatment.ALREADY_ENCRYPTED)
    return leaves(outcome) and (is_protected or outcome.facts.direction is Direction.INTERNAL)


def retry(settings: Settings, mail: HeldMail, number: int, *, tools: Tools, submit: Submit,
          may_leave: Callable[[Outcome], bool] = leaves) -> Outcome:
    """Decide again for one recipient, and hand the message over if it may leave now.

    Alone a recipient needs no colleague's certificate and can be hidden from nobody.
    """
    message = split_message(bytes(mail.raw.octets()[:]))
    outcome = process(settings, envelope_of(mail, number), message, tools)
    if may_leave(outcome):
        submit.submit(mail.sender, [mail.recipients[number]], edited(message, outcome.plan))
    return outcome
