"""`smime-milter held`: look after mail that was kept back."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from smime_milter.cli import settings_of

if TYPE_CHECKING:
    from smime_milter.model.held import HeldEntry, HeldState
    from smime_milter.config.wiring import Wired
    from smime_milter.model.outcome import Event, HeldMail, Outcome

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("held")
def command() -> None:
    """List, show, retry, release, return or discard held mail.

    \b
    Example:
      smime-milter held retry --all
    """


@command.command("list")
@click.option("--settled", is_flag=True, help="Also what was sent, released or discarded.")
@_AS_JSON
@click.pass_context
def list_(context: click.Context, settled: bool, as_json: bool) -> int:
    """What waits, oldest first.

    \b
    Example:
      smime-milter held list
    """
    with _store(context) as store:
        rows = [_row(entry) for entry in store.held.list(settled=settled)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for row in rows:
            click.echo(f"{row['reference']}  {row['received_at'][:16]}  {row['reason']:24}  "
                       f"{row['sender']} -> {', '.join(row['recipients'])}")
    return 0


@command.command("show")
@click.argument("reference")
@_AS_JSON
@click.pass_context
def show(context: click.Context, reference: str, as_json: bool) -> int:
    """One held mail: who, why, until when, and what was found, masked; never its content.

    \b
    Example:
      smime-milter held show 7FK39QWB
    """
    reference = reference.upper()
    with _wired(context) as wired:
        entry = next((e for e in wired.store.held.list(settled=True) if e.reference == reference), None)
        if entry is None:
            raise click.ClickException(f"{reference}: no such held mail")
        row = _row(entry) | {"found": _found(wired, reference)}
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
        return 0
    for name, value in row.items():
        click.echo(f"{name:12} {', '.join(map(str, value)) if isinstance(value, list) and name != 'found' else ''}"
                   f"{'' if isinstance(value, list) else value}")
    for finding in row["found"]:
        click.echo(f"  {finding['category']:20} {finding['where']:24} {finding['masked']}")
    return 0


@command.command("retry")
@click.argument("reference", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that waits.")
@click.pass_context
def retry(context: click.Context, reference: str | None, everything: bool) -> int:
    """Decide again: who can have it now gets it. Exit status 1 if something still waits.

    \b
    Example:
      smime-milter held retry 7FK39QWB
    """
    if (reference is None) == (not everything):
        raise click.UsageError("name a REFERENCE or --all")
    with _wired(context) as wired:
        references = [reference.upper()] if reference else [e.reference for e in wired.store.held.list()]
        waiting = [r for r in references if not _retry_one(wired, r)]
    return 1 if waiting else 0


@command.command("release")
@click.argument("reference")
@click.option("--as", "form", type=click.Choice(["encrypted", "original"]), required=True,
              help="encrypted: only if it can be; original: as it was written, in clear.")
@click.option("--reason", required=True, help="Why; written to the journal.")
@click.pass_context
def release(context: click.Context, reference: str, form: str, reason: str) -> int:
    """Send a held mail on your own responsibility. With outbound.four_eyes a second person must say the same within a day.

    \b
    Example:
      smime-milter held release 7FK39QWB --as original --reason "recipient agreed in writing"
    """
    from smime_milter.pipeline.retry import leaves_protected
    reference = reference.upper()
    with _wired(context) as wired:
        if form == "encrypted":
            return 0 if _retry_one(wired, reference, may_leave=leaves_protected) else 1
        if wired.settings.outbound.four_eyes and not _is_agreed(wired, reference, reason):
            click.echo(f"{reference}: noted; it is released when a second person says the same within a day")
            return 1
        return 0 if _release_one(wired, reference, reason) else 1


@command.command("return")
@click.argument("reference")
@click.pass_context
def return_(context: click.Context, reference: str) -> int:
    """Give a held mail back to its sender, with what they can do.

    \b
    Example:
      smime-milter held return 7FK39QWB
    """
    from smime_milter.pipeline.desk import give_back_to_sender, may_return
    reference = reference.upper()
    with _wired(context) as wired:
        mail, states = _loaded(wired, reference)
        if not may_return(wired.settings, mail.sender, is_from_us=mail.is_from_us):
            raise click.ClickException(
                f"{reference}: cannot go back: it needs notices.postmaster, a sender, and a client of ours that sent it")
        waiting = [number for number, state in enumerate(states) if state.is_open]
        returned = give_back_to_sender(wired.desk(_operator()), reference, mail, waiting)
    for number in waiting:
        what = "returned to its sender" if number in returned else "is being sent by somebody else"
        click.echo(f"{reference}: {mail.recipients[number]} {what}", err=number not in returned)
    return 0 if len(returned) == len(waiting) else 1


@command.command("discard")
@click.argument("reference")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def discard(context: click.Context, reference: str, yes: bool) -> int:
    """Delete a held mail. It is not sent and cannot be brought back.

    \b
    Example:
      smime-milter held discard 7FK39QWB
    """
    from smime_milter.model.outcome import Event
    if not yes:
        click.confirm(f"Discard {reference} for good?", abort=True)
    with _wired(context) as wired:
        if not wired.store.held.discard(reference.upper()):
            raise click.ClickException(f"{reference}: nothing waits under this reference")
        _record(wired, Event.HELD_DISCARDED, reference.upper(), "")
    return 0


def _retry_one(wired: Wired, reference: str, may_leave: Callable[[Outcome], bool] | None = None) -> bool:
    """Whether nothing of this mail waits any more."""
    mail, states = _loaded(wired, reference)
    return all([_retry_recipient(wired, reference, mail, number=number, may_leave=may_leave)
                for number, state in enumerate(states) if state.is_open])


def _retry_recipient(wired: Wired, reference: str, mail: HeldMail, *, number: int,
                     may_leave: Callable[[Outcome], bool] | None) -> bool:
    from smime_milter.model.errors import SmimeMilterError
    from smime_milter.pipeline.desk import send
    from smime_milter.pipeline.retry import leaves
    passes = may_leave or leaves
    try:
        outcome = send(wired.desk(_operator()), reference, mail, number, may_leave=passes)
    except SmimeMilterError as error:  # one recipient the next server refuses keeps no other one waiting
        click.echo(f"{reference}: {mail.recipients[number]}: {error}", err=True)
        return False
    if outcome is None:
        click.echo(f"{reference}: {mail.recipients[number]} is being sent by somebody else", err=True)
        return False
    decided = outcome.decision.recipients[0]
    has_left = passes(outcome)
    shown = decided.treatment.value if has_left else "held"
    click.echo(f"{reference}: {mail.recipients[number]} {shown} ({decided.reason.value})")
    return has_left


def _release_one(wired: Wired, reference: str, reason: str) -> bool:
    from smime_milter.pipeline.desk import release_original
    mail, states = _loaded(wired, reference)
    for number in [n for n, state in enumerate(states) if state.is_open]:
        if not release_original(wired.desk(_operator()), reference, mail, number, reason=reason):
            click.echo(f"{reference}: {mail.recipients[number]} is being sent by somebody else", err=True)
            return False
        click.echo(f"{reference}: {mail.recipients[number]} released as it was written")
    return True


def _is_agreed(wired: Wired, reference: str, reason: str) -> bool:
    """Note this person's word; whether somebody else has given theirs."""
    from smime_milter.model.outcome import Event
    _loaded(wired, reference)
    names = wired.store.held.approve(reference, _operator())
    _record(wired, Event.HELD_APPROVED, reference, reason)
    return len(names) > 1


def _found(wired: Wired, reference: str) -> list[dict[str, str]]:
    """What the worker finds in it now, each masked; nothing once its content is gone."""
    from smime_milter.mime.parse import split_message
    from smime_milter.model.inspection import Wanted
    from smime_milter.pipeline.retry import envelope_of
    loaded = wired.store.held.load(reference)
    if loaded is None:
        return []
    mail = loaded[0]
    message = split_message(bytes(mail.raw.octets()[:]))
    exempt = tuple(address.lower() for address in (mail.sender, *mail.recipients))
    wanted = Wanted(scan=True, verify=False, decrypt=False, exempt=exempt)
    found = wired.tools().inspector.inspect(envelope_of(mail, 0), message, wanted)
    return [{"category": f.category.value, "where": f.where, "masked": f.masked} for f in found.findings]


def _loaded(wired: Wired, reference: str) -> tuple[HeldMail, tuple[HeldState, ...]]:
    loaded = wired.store.held.load(reference)
    if loaded is None:
        raise click.ClickException(f"{reference}: nothing waits under this reference")
    return loaded


def _record(wired: Wired, event: Event, reference: str, reason: str) -> None:
    from smime_milter.pipeline.desk import record
    record(wired.desk(_operator()), event, reference, RELEASE_REASON=reason)


def _operator() -> str:
    """Who called: through sudo the person behind it."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name


def _row(entry: HeldEntry) -> dict[str, Any]:
    return {"reference": entry.reference, "reason": entry.reason.value, "received_at": entry.received_at.isoformat(),
            "size": entry.size, "sender": entry.sender, "recipients": list(entry.recipients),
            "states": [state.value for state in entry.states], "reasons": [reason.value for reason in entry.reasons],
            "deadline": entry.deadline.isoformat() if entry.deadline else "", "findings": entry.findings,
            "message_id": entry.message_id}


def _wired(context: click.Context) -> Any:
    from contextlib import closing

    from smime_milter.config.wiring import wire
    return closing(wire(settings_of(context), workers=1))


def _store(context: click.Context) -> Any:
    from contextlib import closing

    from smime_milter.config.wiring import store_of
    return closing(store_of(settings_of(context)))
