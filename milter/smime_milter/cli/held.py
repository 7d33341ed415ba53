"""`smime-milter held`: look after mail that was kept back."""

from __future__ import annotations

import json
import os
import pwd
from typing import TYPE_CHECKING, Any

import click

from smime_milter.cli import settings_of

if TYPE_CHECKING:
    from smime_milter.model.held import HeldEntry, HeldState
    from smime_milter.config.wiring import Wired
    from smime_milter.model.outcome import Event, HeldMail

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("held")
def command() -> None:
    """List, show, retry, release or discard held mail.

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
    """One held mail: who, why, what was found; never its content.

    \b
    Example:
      smime-milter held show 7FK39QWB
    """
    with _store(context) as store:
        entry = next((e for e in store.held.list(settled=True) if e.reference == reference.upper()), None)
    if entry is None:
        raise click.ClickException(f"{reference}: no such held mail")
    row = _row(entry)
    click.echo(json.dumps(row, ensure_ascii=False, indent=2) if as_json else "\n".join(
        f"{name:12} {', '.join(value) if isinstance(value, list) else value}" for name, value in row.items()))
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
    """Send a held mail on your own responsibility.

    \b
    Example:
      smime-milter held release 7FK39QWB --as original --reason "recipient agreed in writing"
    """
    with _wired(context) as wired:
        if form == "encrypted":
            return 0 if _retry_one(wired, reference.upper()) else 1
        return 0 if _release_one(wired, reference.upper(), reason) else 1


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


def _retry_one(wired: Wired, reference: str) -> bool:
    """Whether nothing of this mail waits any more."""
    mail, states = _loaded(wired, reference)
    return all([_retry_recipient(wired, reference, mail, number=number)
                for number, state in enumerate(states) if _is_open(state)])


def _retry_recipient(wired: Wired, reference: str, mail: HeldMail, *, number: int) -> bool:
    from smime_milter.model.held import HeldState
    from smime_milter.model.errors import SmimeMilterError
    from smime_milter.model.outcome import Event
    from smime_milter.model.reply import Verdict
    from smime_milter.pipeline.retry import retry as again
    held = wired.store.held
    if not held.claim(reference, number):
        click.echo(f"{reference}: {mail.recipients[number]} is being sent by somebody else", err=True)
        return False
    state = None
    try:
        outcome = again(wired.settings, mail, number, tools=wired.tools(), submit=wired.submit())
        state = HeldState.SENT if outcome.reply.verdict is Verdict.ACCEPT else None
    except SmimeMilterError as error:  # one recipient the next server refuses keeps no other one waiting
        click.echo(f"{reference}: {mail.recipients[number]}: {error}", err=True)
        return False
    finally:
        held.settle(reference, [number], state) if state else held.give_back(reference, number)
    decided = outcome.decision.recipients[0]
    click.echo(f"{reference}: {mail.recipients[number]} {decided.treatment.value} ({decided.reason.value})")
    if state is HeldState.SENT:
        _record(wired, Event.HELD_SENT, reference, "", recipient=mail.recipients[number], decision=decided.treatment.value)
    return state is HeldState.SENT


def _release_one(wired: Wired, reference: str, reason: str) -> bool:
    from smime_milter.model.held import HeldState
    from smime_milter.model.outcome import Event
    mail, states = _loaded(wired, reference)
    for number in [n for n, state in enumerate(states) if _is_open(state)]:
        if not wired.store.held.claim(reference, number):
            return False
        state = None
        try:
            wired.submit().submit(mail.sender, [mail.recipients[number]], mail.raw)
            state = HeldState.RELEASED
        finally:
            wired.store.held.settle(reference, [number], state) if state else wired.store.held.give_back(reference, number)
        _record(wired, Event.HELD_RELEASED, reference, reason, recipient=mail.recipients[number], decision="original")
        click.echo(f"{reference}: {mail.recipients[number]} released as it was written")
    return True


def _loaded(wired: Wired, reference: str) -> tuple[HeldMail, tuple[HeldState, ...]]:
    loaded = wired.store.held.load(reference)
    if loaded is None:
        raise click.ClickException(f"{reference}: nothing waits under this reference")
    return loaded


def _is_open(state: HeldState) -> bool:
    return state.is_open


def _record(wired: Wired, event: Event, reference: str, reason: str, *, recipient: str = "", decision: str = "") -> None:
    from smime_milter.model.outcome import JournalEntry, Priority
    fields = {"HELD": reference, "OPERATOR": _operator(), "RELEASE_REASON": reason, "DECISION": decision}
    wired.journal.record(JournalEntry(
        event=event, text=f"held mail {reference} {event.value.removeprefix('held.')}", priority=Priority.NOTABLE,
        fields={k: v for k, v in fields.items() if v}, addresses={"RECIPIENT": recipient} if recipient else {}))


def _operator() -> str:
    """Who called: through sudo the person behind it."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name


def _row(entry: HeldEntry) -> dict[str, Any]:
    return {"reference": entry.reference, "reason": entry.reason.value, "received_at": entry.received_at.isoformat(),
            "size": entry.size, "sender": entry.sender, "recipients": list(entry.recipients),
            "states": [state.value for state in entry.states], "findings": entry.findings, "message_id": entry.message_id}


def _wired(context: click.Context) -> Any:
    from contextlib import closing

    from smime_milter.config.wiring import wire
    return closing(wire(settings_of(context), workers=1))


def _store(context: click.Context) -> Any:
    from contextlib import closing

    from smime_milter.config.wiring import store_of
    return closing(store_of(settings_of(context)))
