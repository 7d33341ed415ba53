"""`smime-milter certs`: partners' certificates."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smime_milter.cli import settings_of
from smime_milter.model.certificate import Certificate, CertificateState, StoredCertificate

if TYPE_CHECKING:
    from smime_milter.adapters.stores import Store
    from smime_milter.adapters.stores.certificates import Certificates

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_SHORT = 16
IMPORT = "import"


@click.group("certs")
def command() -> None:
    """List, show, import, export, approve, distrust or remove partners' certificates.

    PREFIX is the beginning of a SHA-256 fingerprint, as long as it fits one certificate only.

    \b
    Example:
      smime-milter certs list --state pending
    """


@command.command("list")
@click.option("--address", default="", metavar="ADDRESS", help="Only those for this address or domain.")
@click.option("--state", type=click.Choice([state.value for state in CertificateState]), help="Only those in this state.")
@_AS_JSON
@click.pass_context
def list_(context: click.Context, address: str, state: str | None, as_json: bool) -> int:
    """Partners' certificates and their states.

    \b
    Example:
      smime-milter certs list --address makler.example --json
    """
    now = _now()
    with _store(context) as store:
        rows = [_row(entry, now) for entry in store.certificates.list(address=address)]
    rows = [row for row in rows if state in (None, row["state"])]
    if as_json:
        _print_json(rows)
    for row in () if as_json else rows:
        click.echo(f"{row['sha256'][:_SHORT]}  {row['state']:10}  until {row['not_after'][:10]}  {_target(row)}")
    return 0


@command.command("show")
@click.argument("prefix")
@_AS_JSON
@click.pass_context
def show(context: click.Context, prefix: str, as_json: bool) -> int:
    """One certificate: whose, from whom, since when, and what happened to it.

    \b
    Example:
      smime-milter certs show 3fa9c1
    """
    now = _now()
    with _store(context) as store:
        entries = _one(store.certificates, prefix)
        events = store.certificates.history(entries[0].certificate.sha256)
    history = [{"at": _iso(at), "event": event, "rule": rule} for at, event, rule in events]
    rows = [_row(entry, now) | {"history": history} for entry in entries]
    if as_json:
        _print_json(rows)
    for row in () if as_json else rows:
        _print_fields(row)
    return 0


@command.command(IMPORT)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--address", default="", metavar="ADDRESS", help="For this address only; the certificate must name it.")
@click.option("--domain", default="", metavar="DOMAIN", help="For all mail to this domain, whatever the certificate names.")
@click.pass_context
def import_(context: click.Context, files: tuple[Path, ...], address: str, domain: str) -> int:
    """Take certificates from PEM, DER or PKCS #7 files into use at once.

    Without an option each is used for the addresses it names. CA certificates are kept to complete
    paths. Exit status 1 if one was not taken.

    \b
    Examples:
      smime-milter certs import mueller.pem
      smime-milter certs import --domain kanzlei.example gateway.p7b
    """
    if address and domain:
        raise click.UsageError("--address and --domain exclude each other")
    if "@" in domain or (address and "@" not in address):
        raise click.UsageError("--address wants local@domain, --domain the part behind the @")
    at = _now()
    with _store(context) as store:
        taken = [_take(context, store, file, target=address or domain, at=at) for file in files]
    return 0 if all(taken) else 1


@command.command("export")
@click.argument("prefix")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Instead of standard output.")
@click.pass_context
def export(context: click.Context, prefix: str, out: Path | None) -> int:
    """Write one certificate as PEM.

    \b
    Example:
      smime-milter certs export 3fa9c1 --out mueller.pem
    """
    from smime_milter.certs.bundles import as_pem
    with _store(context) as store:
        text = as_pem(_one(store.certificates, prefix)[0].certificate.der)
    if out:
        out.write_text(text, encoding="ascii")
    else:
        click.echo(text, nl=False)
    return 0


@command.command("approve")
@click.argument("prefix")
@click.pass_context
def approve(context: click.Context, prefix: str) -> int:
    """Take a waiting or distrusted certificate into use now, instead of the one used so far.

    \b
    Example:
      smime-milter certs approve 3fa9c1
    """
    return _change(context, prefix, "approve")


@command.command("distrust")
@click.argument("prefix")
@click.pass_context
def distrust(context: click.Context, prefix: str) -> int:
    """Never use a certificate again, and do not learn it again.

    \b
    Example:
      smime-milter certs distrust 3fa9c1
    """
    return _change(context, prefix, "distrust")


@command.command("remove")
@click.argument("prefix")
@click.pass_context
def remove(context: click.Context, prefix: str) -> int:
    """Forget a certificate; the next mail signed with it may teach it again.

    \b
    Example:
      smime-milter certs remove 3fa9c1
    """
    return _change(context, prefix, "remove")


_DONE = {"approve": "approved", "distrust": "distrusted", "remove": "removed"}


def _change(context: click.Context, prefix: str, verb: str) -> int:
    with _store(context) as store:
        sha256 = _one(store.certificates, prefix)[0].certificate.sha256
        changes = {
            "approve": store.certificates.approve, "distrust": store.certificates.distrust, "remove": store.certificates.remove,
        }
        changed = changes[verb](sha256)
    if not changed:
        click.echo(f"{sha256[:_SHORT]}: nothing to change")
        return 0
    _record(context, sha256, _DONE[verb])
    click.echo(f"{sha256[:_SHORT]}: {_DONE[verb]}")
    return 0


def _take(context: click.Context, store: Store, file: Path, *, target: str, at: datetime) -> bool:
    """Whether every end entity of the file was taken; says of each what became of it."""
    from smime_milter.certs.bundles import certificates_in
    from smime_milter.certs.reading import read
    ders = certificates_in(file.read_bytes())
    if not ders:
        click.echo(f"{file}: holds no certificate (PEM, DER and PKCS #7 are read)", err=True)
        return False
    certificates = [(der, read(der)) for der in ders]
    for der, certificate in certificates:
        if certificate and certificate.is_ca:
            store.issuers.add(der)
    return all([_take_one(context, store, certificate, file=file, target=target, at=at)
                for _, certificate in certificates if not (certificate and certificate.is_ca)])


def _take_one(
    context: click.Context, store: Store, certificate: Certificate | None, *, file: Path, target: str, at: datetime
) -> bool:
    if certificate is None:
        click.echo(f"{file}: a certificate in it cannot be read", err=True)
        return False
    targets = (target,) if target else certificate.addresses
    short = certificate.sha256[:_SHORT]
    why = _why_not(certificate, targets, at)
    if why:
        click.echo(f"{file}: {short} is not taken: {why}", err=True)
        return False
    for place in targets:
        result = store.certificates.import_(certificate, place, source=IMPORT)
        click.echo(f"{short}: {result} for {place}")
    _record(context, certificate.sha256, "imported")
    return True


def _why_not(certificate: Certificate, targets: tuple[str, ...], at: datetime) -> str:
    from smime_milter.certs.fitness import why_unfit_to_encrypt
    from smime_milter.model.address import parse_address
    if not targets:
        return "it names no address; say for whom with --domain"
    for target in targets:
        address = parse_address(target) if "@" in target else None
        if "@" in target and address is None:
            return "that is no address"
        unfit = why_unfit_to_encrypt(certificate, address.key if address else None, at)
        if unfit:
            return unfit.value
    return ""


def _one(certificates: Certificates, prefix: str) -> tuple[StoredCertificate, ...]:
    """The entries of exactly one certificate."""
    found = certificates.get(prefix)
    different = {entry.certificate.sha256 for entry in found}
    if not different:
        raise click.ClickException(f"{prefix}: no certificate begins so; smime-milter certs list shows all")
    if len(different) > 1:
        raise click.UsageError(f"{prefix}: {len(different)} certificates begin so; give more of the fingerprint")
    return found


def _row(entry: StoredCertificate, now: datetime) -> dict[str, Any]:
    certificate = entry.certificate
    return {
        "sha256": certificate.sha256, "addresses": [entry.address] if entry.address else [], "domain": entry.domain,
        "subject": certificate.subject, "issuer": certificate.issuer, "serial": certificate.serial,
        "not_before": _iso(certificate.not_before), "not_after": _iso(certificate.not_after),
        "class": certificate.certificate_class.value, "state": _shown_state(entry, now).value,
        "usable_from": _iso(entry.usable_from), "source": entry.source, "learned_from": entry.learned_from,
        "learned_at": _iso(entry.learned_at),
    }


def _shown_state(entry: StoredCertificate, now: datetime) -> CertificateState:
    """What is used from tomorrow on is pending today."""
    is_early = entry.state is CertificateState.ACTIVE and entry.usable_from > now
    return CertificateState.PENDING if is_early else entry.state


def _target(row: dict[str, Any]) -> str:
    return row["domain"] or ", ".join(row["addresses"])


def _print_json(rows: list[dict[str, Any]]) -> None:
    click.echo(json.dumps(rows, ensure_ascii=False, indent=2))


def _print_fields(row: dict[str, Any]) -> None:
    for name, value in row.items():
        if name != "history" and value:
            click.echo(f"{name:13} {', '.join(value) if isinstance(value, list) else value}")
    for event in row["history"]:
        click.echo(f"{event['at']}  {event['event']} {event['rule']}".rstrip())


def _iso(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _record(context: click.Context, sha256: str, change: str) -> None:
    """Who did it stands in the journal; no address does."""
    from smime_milter.config.wiring import journal_of
    from smime_milter.model.outcome import Event, JournalEntry, Priority
    operator = os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
    journal_of(settings_of(context), b"").record(JournalEntry(
        event=Event.CERTIFICATE_CHANGED, text=f"certificate {change}", priority=Priority.NOTABLE,
        fields={"CERT_SHA256": sha256, "CHANGE": change, "OPERATOR": operator},
    ))


@contextmanager
def _store(context: click.Context) -> Iterator[Store]:
    from smime_milter.config.wiring import store_of
    store = store_of(settings_of(context))
    try:
        yield store
    finally:
        store.close()
