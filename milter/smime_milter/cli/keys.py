"""`smime-milter keys`: our own keys and certificates."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import click

from smime_milter.cli import settings_of

if TYPE_CHECKING:
    from smime_milter.model.keys import OwnKey

_SHORT = 16


@click.group("keys")
def command() -> None:
    """List our own keys.

    \b
    Example:
      smime-milter keys list
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, as_json: bool) -> int:
    """The addresses and domains we have a key for; exit status 1 if a file is of no use.

    \b
    Example:
      smime-milter keys list --json
    """
    from smime_milter.adapters.keys.files import load
    from smime_milter.config.credentials import credential
    settings = settings_of(context).keys
    found, problems = load(settings.directory, credential(settings.passphrase_credential))
    now = datetime.now(timezone.utc)
    rows = [_row(own, now) for own in found.own_keys()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    for row in () if as_json else rows:
        until = row["not_after"][:10]
        click.echo(f"{row['sha256'][:_SHORT]}  until {until}  {row['use']:15}  {row['name']}")
    for problem in problems:
        click.echo(problem, err=True)
    return 1 if problems else 0


def _row(own: OwnKey, now: datetime) -> dict[str, Any]:
    certificate = own.certificate
    return {
        "name": own.name, "sha256": certificate.sha256, "addresses": list(certificate.addresses),
        "domain": own.name if own.is_domain else None, "subject": certificate.subject, "issuer": certificate.issuer,
        "serial": certificate.serial, "not_before": _iso(certificate.not_before), "not_after": _iso(certificate.not_after),
        "class": certificate.certificate_class.value, "key": f"{certificate.key_kind.value}-{certificate.key_bits}",
        "use": _use(own, now),
    }


def _use(own: OwnKey, now: datetime) -> str:
    """An old key still opens old mail."""
    from smime_milter.certs.fitness import why_unfit_to_sign
    names_it = own.is_domain or own.name in own.certificate.addresses
    return "signs, decrypts" if names_it and why_unfit_to_sign(own.certificate, now) is None else "decrypts"


def _iso(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
