"""`smime-milter explain`: what would happen to a message, through the daemon's own pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smime_milter.cli import settings_of

if TYPE_CHECKING:
    from smime_milter.model.message import Client, Envelope, Message
    from smime_milter.model.outcome import Outcome

_OUTSIDE = "192.0.2.1"   # RFC 5737: nobody's address
_SIZE_LIMIT = 512 * 1024 * 1024


@click.command("explain")
@click.argument("message", type=click.File("rb"))
@click.argument("more_recipients", nargs=-1, metavar="")
@click.option("--sender", required=True, metavar="ADDRESS", help="Envelope sender; <> or an empty text is the null sender.")
@click.option("--recipient", "recipients", required=True, multiple=True, metavar="ADDRESS",
              help="Envelope recipient; repeatable.")
@click.option("--client-address", default=None, metavar="IP", help="The SMTP client. Default: somebody outside.")
@click.option("--submitted", is_flag=True, help="Treat the client as one of ours.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write every message that would leave.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> int:
    """Send one message file (- for standard input) through the pipeline and change nothing.

    \b
    Example:
      smime-milter explain offer.eml --submitted --sender clerk@wwk.de --recipient info@makler.example

    Exit status 1: it would be held or refused.
    """
    # As MESSAGE comes first, `--recipient A B` may name several like the option twice.
    options["recipients"] += options.pop("more_recipients")
    return _explain(context, **options)


def _explain(context: click.Context, *, message: Any, sender: str, recipients: tuple[str, ...], client_address: str | None,
             submitted: bool, out: Path | None, as_json: bool) -> int:
    from smime_milter.config.wiring import wired_for_trial
    from smime_milter.mime.parse import split_message

    parsed = split_message(message.read(_SIZE_LIMIT))
    with wired_for_trial(settings_of(context)) as wired:
        envelope = _envelope(sender, recipients, _client(client_address, submitted=submitted))
        outcome, copies = _outcomes(wired, envelope, parsed)
    report = explanation(outcome, copies)
    if out is not None:
        _write(out, copies)
    click.echo(json.dumps(report, ensure_ascii=False, indent=2) if as_json else _text(report, outcome))
    return 1 if any(r["outcome"] in ("held", "refused") for r in report["recipients"]) else 0


class _AssumedRoute:
    """The way to the splitter, where the settings of Postfix lead to it: the daemon has tried it, we do not."""

    is_proven = True

    def is_probe(self, message: Message) -> str:
        return ""

    def arrived(self, secret: str) -> None:
        return


def _outcomes(wired: Any, envelope: Envelope, message: Message) -> tuple[Outcome, tuple[Outcome, ...]]:
    """What the milter would make of it, and of each copy: of one, unless recipients need different treatment."""
    from smime_milter.config.checks.route import look
    from smime_milter.pipeline import process, process_oversize
    from smime_milter.pipeline.split import previewed
    settings = wired.settings
    if message.size > settings.milter.message_size_limit:
        outcome = process_oversize(settings, envelope, message, wired.tools())
        return outcome, (outcome,)
    several = len(envelope.recipients) > 1 and not look(settings)[1]
    tools = wired.tools(route=_AssumedRoute() if several else None)
    outcome = process(settings, envelope, message, tools)
    is_split = outcome.decision.splits and outcome.decision.apply
    return outcome, previewed(settings, message, outcome.facts, tools) if is_split else (outcome,)


def _client(address: str | None, *, submitted: bool) -> Client:
    from smime_milter.model.message import Client
    return Client(address=address or ("127.0.0.1" if submitted else _OUTSIDE), login="explain" if submitted else "")


def _envelope(sender: str, recipients: tuple[str, ...], client: Client) -> Envelope:
    import socket

    from smime_milter.model.address import parse_address
    from smime_milter.model.message import Envelope, Recipient
    bare = sender.strip().removeprefix("<").removesuffix(">")
    given = [r.strip().removeprefix("<").removesuffix(">") for r in recipients]
    return Envelope(sender=parse_address(bare), sender_given=bare, client=client, mta=socket.gethostname(),
                    recipients=tuple(Recipient(r, parse_address(r)) for r in given))


def explanation(outcome: Outcome, copies: tuple[Outcome, ...]) -> dict[str, Any]:
    """The JSON object of the manual page: decision per recipient, what was found, what would be said and sent."""
    from smime_milter.model.finding import Level
    facts, inspection = outcome.facts, outcome.facts.inspection
    level = inspection.level if inspection else Level.NONE
    leaving = _leaving(copies)
    return {
        "direction": facts.direction.value,
        "reply": _reply(outcome),
        "recipients": _recipients(outcome, leaving),
        "findings": [{"category": f.category.value, "where": f.where, "masked": f.masked}
                     for f in (inspection.findings if inspection else ())],
        "unreadable": [{"where": u.where, "why": u.why.value} for u in (inspection.unreadable if inspection else ())],
        "ambiguities": [code.name.lower().replace("_", "-") for code in (inspection.ambiguities if inspection else ())],
        "level": level.value,
        "complete_record": level is Level.COMPLETED_RECORD,
        "signature": _signature(outcome),
        "protected_headers": [{"name": f.name, "value": f.value} for f in (inspection.protected if inspection else ())],
        "learned": [lesson.certificate.sha256 for lesson in outcome.lessons],
        "method": inspection.method.value if inspection and inspection.method else None,
        "messages": [{"number": number, "recipients": [r.recipient.given for r in copy.decision.recipients],
                      "bytes": len(_message(copy))} for number, copy in leaving.items()],
    }


def _leaving(copies: tuple[Outcome, ...]) -> dict[int, Outcome]:
    """The messages that would leave, by number from 1."""
    from smime_milter.model.reply import Verdict
    return dict(enumerate((copy for copy in copies if copy.reply.verdict is Verdict.ACCEPT), start=1))


def _recipients(outcome: Outcome, leaving: dict[int, Outcome]) -> list[dict[str, Any]]:
    from smime_milter.model.decision import Treatment
    words = {Treatment.TEMPFAIL: "refused"}
    numbers = {r.recipient.given: number for number, copy in leaving.items() for r in copy.decision.recipients}
    return [{"address": r.recipient.given, "outcome": words.get(r.treatment, r.treatment.value), "reason": r.reason.value,
             "certificates": [c.sha256 for c in r.certificates], "message": numbers.get(r.recipient.given)}
            for r in outcome.decision.recipients]


def _reply(outcome: Outcome) -> dict[str, str] | None:
    reply = outcome.reply
    return {"code": reply.code, "status": reply.status, "text": " ".join(reply.lines)} if reply.code else None


def _signature(outcome: Outcome) -> dict[str, Any] | None:
    from smime_milter.model.inspection import Direction
    from smime_milter.notices.signature_reasons import TEXTS
    from smime_milter.pipeline.result_fields import signature_of
    if outcome.facts.direction is not Direction.INBOUND:
        return None
    found = signature_of(outcome.facts.inspection)
    return {"result": found.result.value, "signer": found.signer, "reason": found.reason.value,
            "integrity": found.integrity.value, "trust": found.trust.value,
            "identity": found.identity.value, "class": found.certificate_class, "revocation": found.revocation,
            "text": dict(zip(("de", "en"), TEXTS[found.reason]))}


def _message(outcome: Outcome) -> Any:
    from smime_milter.pipeline.edited import edited
    return edited(outcome.message, outcome.plan)


def _write(folder: Path, copies: tuple[Outcome, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, copy in _leaving(copies).items():
        with (folder / f"{number}.eml").open("wb") as file:
            for chunk in _message(copy).chunks():
                file.write(chunk)


def _text(report: dict[str, Any], outcome: Outcome) -> str:
    """One line per recipient, then the trace from facts to reply."""
    lines = [f"{r['address']}: {r['outcome']} ({r['reason']})" for r in report["recipients"]]
    lines += ["", f"1. direction   {report['direction']} (client {outcome.facts.envelope.client.address})"]
    lines.append(f"2. found       level {report['level']}" + "".join(f"; {word}" for word in _found(report)))
    lines.append(f"3. certificates {_certificates(report)}")
    lines.append(f"4. signature   {_signature_words(report)}")
    lines += [f"   protected   {f['name']}: {_on_one_line(f['value'])}" for f in report["protected_headers"]]
    lines.append(f"5. the client hears {_heard(report, outcome)}")
    lines += [f"6. message {m['number']}: {m['bytes']} bytes to {', '.join(m['recipients'])}" for m in report["messages"]]
    return "\n".join(lines)


def _found(report: dict[str, Any]) -> list[str]:
    words = [f"{f['category']} {f['masked']} in {f['where']}" for f in report["findings"]]
    words += [f"unreadable {u['where']} ({u['why']})" for u in report["unreadable"]]
    words += [f"ambiguous: {code}" for code in report["ambiguities"]]
    return words + ([f"method {report['method']}"] if report["method"] else [])


def _certificates(report: dict[str, Any]) -> str:
    used = sorted({sha256[:16] for r in report["recipients"] for sha256 in r["certificates"]})
    learned = [f"would learn {sha256[:16]}" for sha256 in report["learned"]]
    return ", ".join(used + learned) or "none used"


def _signature_words(report: dict[str, Any]) -> str:
    found = report["signature"]
    if found is None:
        return "not looked at on the way out"
    return (f"{found['result']} ({found['reason']}): integrity {found['integrity']}, trust {found['trust']}, "
            f"identity {found['identity']}" + (f", revocation {found['revocation']}" if found["revocation"] else "")
            + f". {found['text']['en']}")


def _on_one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:200]


def _heard(report: dict[str, Any], outcome: Outcome) -> str:
    reply = report["reply"]
    return f"{reply['code']} {reply['status']} {reply['text']}" if reply else f"250 ({outcome.reply.verdict.value})"
