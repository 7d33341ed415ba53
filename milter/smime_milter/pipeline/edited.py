"""A message as it leaves once an edit plan has been applied: what the MTA does to its copy, done to ours."""

from __future__ import annotations

from smime_milter.model.message import HeaderField, Message
from smime_milter.model.outcome import EditPlan
from smime_milter.model.spool import Spool


def edited(message: Message, plan: EditPlan) -> Spool:
    """The whole message with CRLF; the very bytes of the original where the plan changes nothing."""
    if plan.is_empty:
        return message.raw
    removed = frozenset(plan.remove)
    kept = tuple(f for n, f in enumerate(message.fields) if n not in removed)
    result = Spool()
    result.write(_section(plan.prepend + kept + plan.append))
    body = message.raw.chunks(message.body_at) if plan.body is None else plan.body.chunks()
    for chunk in body:
        result.write(chunk)
    return result


def _section(fields: tuple[HeaderField, ...]) -> bytes:
    return b"".join(f.line() for f in fields) + b"\r\n"
