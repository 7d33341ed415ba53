"""The catalogue of SMTP replies: ASCII, German first, under 200 characters, never with content.

Other MTAs paste these lines into the notice their user reads. The enhanced status codes are
those of RFC 3463 and RFC 7505.
"""

from __future__ import annotations

from smime_milter.model.decision import Reason
from smime_milter.model.reply import Reply, Verdict

_SMIME_ONLY = "bitte S/MIME verwenden. {} is not accepted here, please use S/MIME."

_REFUSALS: dict[Reason, tuple[str, str, str]] = {
    Reason.FOREIGN_SENDER: ("550", "5.7.1", "Absender gehoert nicht zu unseren Domains. Sender is not in one of our domains."),
    Reason.CLAIMED_OWN_SENDER: ("550", "5.7.1", "Diese Absenderadresse wird nur von uns selbst verwendet. "
                                                "Only we send with this From address."),
    Reason.METHOD_PGP: ("550", "5.7.1", "PGP wird hier nicht angenommen, " + _SMIME_ONLY.format("PGP")),
    Reason.METHOD_CRYPTSHARE: ("550", "5.7.1", "Cryptshare wird hier nicht angenommen, " + _SMIME_ONLY.format("Cryptshare")),
    Reason.METHOD_FTAPI: ("550", "5.7.1", "FTAPI wird hier nicht angenommen, " + _SMIME_ONLY.format("FTAPI")),
    Reason.METHOD_SCP: ("550", "5.7.1", "SCP/SFTP wird hier nicht angenommen, " + _SMIME_ONLY.format("SCP/SFTP")),
    Reason.NO_CERTIFICATE: ("550", "5.7.1", "Personenbezogene Daten, aber kein S/MIME-Zertifikat des Empfaengers. "
                                            "Personal data, but no S/MIME certificate of the recipient."),
    Reason.COMPLETED_RECORD: ("550", "5.7.1", "Ausgefuellte Antraege gehen nur verschluesselt hinaus. "
                                              "Completed records leave encrypted only."),
    Reason.UNREADABLE_CONTENT: ("550", "5.7.1", "Anhang nicht pruefbar und kein S/MIME-Zertifikat des Empfaengers. "
                                                "Attachment cannot be checked, recipient has no S/MIME certificate."),
    Reason.TOO_COMPLEX: ("550", "5.6.0", "Nachricht ist zu verschachtelt aufgebaut. Message structure exceeds our limits."),
    Reason.LOOP: ("554", "5.4.6", "Nachricht laeuft im Kreis. Mail loop: this message has been here before."),
    Reason.TOO_LARGE: ("552", "5.3.4", "Nachricht ist zu gross. Message is too large."),
}
_GENERIC = ("550", "5.7.1", "Nachricht nicht angenommen. Message not accepted.")
_LATER = ("451", "4.3.0", "Voruebergehende Stoerung, bitte spaeter erneut senden. Temporary failure, please try again later.")


def refusal(reason: Reason, reference: str) -> Reply:
    """The permanent reply for a reason; `reference` is our own short code for this message."""
    code, status, text = _REFUSALS.get(reason, _GENERIC)
    return Reply(verdict=Verdict.REJECT, code=code, status=status, lines=(f"{text} (Ref {reference})",))


def later(reference: str = "") -> Reply:
    """The temporary reply: nothing was done, the client keeps the message."""
    code, status, text = _LATER
    return Reply(verdict=Verdict.TEMPFAIL, code=code, status=status, lines=(text + (f" (Ref {reference})" if reference else ""),))
