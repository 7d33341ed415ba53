"""`smime-milter mta`: the exact settings of Postfix or Sendmail for this host."""

from __future__ import annotations

from pathlib import Path

import click

from smime_milter.adapters import postconf
from smime_milter.adapters.postconf import PostfixSettings
from smime_milter.cli import settings_of
from smime_milter.config.checks.route import CHECKS, SERVICE
from smime_milter.config.sockets import QUEUE, as_postfix_writes_it, is_reachable, milter_socket, split_socket
from smime_milter.model.own_names import SEALED
from smime_milter.model.settings import Settings


@click.group("mta")
def command() -> None:
    """Print the exact MTA settings for this host.

    \b
    Example:
      smime-milter mta postfix
    """


@command.command("postfix")
@click.pass_context
def postfix(context: click.Context) -> None:
    """Print the lines for Postfix: main.cf through postconf, and the second smtpd of master.cf.

    \b
    Example:
      smime-milter mta postfix | less
    """
    settings = settings_of(context)
    click.echo(postfix_lines(settings, postconf.read("queue_directory", "smtpd_milters", "non_smtpd_milters", CHECKS)))


@command.command("sendmail")
@click.pass_context
def sendmail(context: click.Context) -> None:
    """Print the lines for sendmail.mc.

    \b
    Example:
      smime-milter mta sendmail >> /etc/mail/sendmail.mc
    """
    click.echo(sendmail_lines(settings_of(context)))


_POSTFIX = """\
# Postfix and smime-milter{host}. Run these as root, then: postfix reload

# Where the milter listens. {why_path}
# Behind other milters that change mail, before those that sign for DKIM: a DKIM signature must be over what leaves.
postconf -e 'smtpd_milters = {smtpd_milters}'
# Mail from the sendmail command (cron, web applications) is checked as well.
postconf -e 'non_smtpd_milters = {non_smtpd_milters}'
# When the milter does not answer, the client is told to come again. With accept, mail would leave unencrypted.
postconf -e 'milter_default_action = tempfail'
# The version of the milter protocol in which headers come byte by byte and recipients can be removed.
postconf -e 'milter_protocol = 6'
# Signed mail must leave as it was signed: Postfix would re-encode 8-bit parts for relays that do not take them.
postconf -e 'disable_mime_output_conversion = yes'
# One line in the log per negotiated TLS connection; the report is made of them.
postconf -e 'smtpd_tls_loglevel = 1'
postconf -e 'smtp_tls_loglevel = 1'
# Ask clients for their certificate, so that the log can say who they proved to be; nobody needs one.
postconf -e 'smtpd_tls_ask_ccert = yes'

{split}# A second smtpd without this milter, for copies, notices and released mail. On loopback, for this host only.
postconf -M '{submit}/inet={submit} inet n - {chroot} - - smtpd'
# No milter here: what comes in has been through it.
postconf -P '{submit}/inet/smtpd_milters='
# Nothing that checks or changes the content once more; aliases still apply, held mail never had them.
postconf -P '{submit}/inet/receive_override_options=no_milters,no_header_body_checks'
# Only programs of this host may use it.
postconf -P '{submit}/inet/mynetworks=127.0.0.0/8,[::1]/128'
postconf -P '{submit}/inet/smtpd_client_restrictions=permit_mynetworks,reject'
postconf -P '{submit}/inet/smtpd_relay_restrictions=permit_mynetworks,reject'
postconf -P '{submit}/inet/smtpd_recipient_restrictions=permit_mynetworks,reject'
# The log tells this service from the others.
postconf -P '{submit}/inet/syslog_name=postfix/smime-milter'
"""


_SPLIT = """\
# Mail whose recipients need different treatment leaves the milter sealed and marked. This looks at header fields that
# milters add, and at no others: such mail goes to our splitter, which opens it and makes each recipient's own copy.
postconf -e '{checks}'
postconf -M '{service}/unix={service} unix - - {chroot} - - lmtp'
# All recipients of a message at one time: those who may see each other share one copy.
postconf -e '{service}_destination_recipient_limit = 1000'

"""


def _split_lines(settings: Settings, found: PostfixSettings | None, *, queue: Path, is_chrooted: bool) -> str:
    """Behind checks that are there already; what names our field is left as it is."""
    if settings.milter.split == "off":
        return ""
    present = found.parameters.get(CHECKS, "") if found else ""
    target = as_postfix_writes_it(split_socket(settings.milter), queue=queue, is_chrooted=is_chrooted)
    table = f"regexp:{{{{/^{SEALED}:/ FILTER {SERVICE}:{target}}}}}"
    checks = present if SEALED in present else f"{present} {table}".strip()
    return _SPLIT.format(checks=f"{CHECKS} = {checks}", service=SERVICE, chroot="y" if is_chrooted else "n")


def postfix_lines(settings: Settings, found: PostfixSettings | None) -> str:
    """Shell commands with the reason above each; without a Postfix, those for Debian's defaults."""
    socket = milter_socket(settings.milter)
    queue = Path(found.parameters.get("queue_directory", str(QUEUE))) if found else QUEUE
    is_chrooted = any(s.is_chrooted for s in found.services if s.command == "smtpd") if found else True
    ours = as_postfix_writes_it(socket, queue=queue, is_chrooted=is_chrooted)
    return _POSTFIX.format(
        host=f" (Postfix {found.version[0]}.{found.version[1]})" if found else " (no Postfix found here: Debian's defaults)",
        why_path=_why(socket, ours, queue=queue, is_chrooted=is_chrooted),
        smtpd_milters=_with(found, "smtpd_milters", ours),
        non_smtpd_milters=_with(found, "non_smtpd_milters", ours),
        split=_split_lines(settings, found, queue=queue, is_chrooted=is_chrooted),
        submit=settings.milter.submit.removeprefix("smtp:"),
        chroot="y" if is_chrooted else "n",
    )


def _with(found: PostfixSettings | None, parameter: str, ours: str) -> str:
    """The list as it is, and us at its end unless it names us already."""
    present = found.parameters.get(parameter, "") if found else ""
    return present if ours in present.replace(",", " ").split() else f"{present} {ours}".strip()


def _why(socket: str, ours: str, *, queue: Path, is_chrooted: bool) -> str:
    if not is_reachable(socket, queue=queue, is_chrooted=is_chrooted):
        return f"smtpd is chrooted to {queue} and cannot see this path: set milter.socket to auto first."
    if ours != socket and ours.startswith("unix:"):
        return f"We open {socket}; the chrooted smtpd sees it from {queue}."
    return f"We open {socket}."


_SENDMAIL = """\
dnl smime-milter: put these lines into /etc/mail/sendmail.mc before the MAILER lines, then run make -C /etc/mail
dnl and restart Sendmail.
dnl   S= where the milter listens.
dnl   F=T when it does not answer, the client is told to come again; without F, mail would leave unencrypted.
dnl   T= seconds: C to connect, S to send, R for a reply, E for everything after the end of a message, which takes
dnl   longest: a large message is read and encrypted then.
INPUT_MAIL_FILTER(`smime-milter', `S={socket}, F=T, T=C:30s;S:60s;R:60s;E:5m')dnl
dnl The login, the TLS session and the service a client came through decide who is one of ours.
define(`confMILTER_MACROS_CONNECT', `j, _, {{daemon_name}}, {{daemon_addr}}, {{if_name}}, {{if_addr}}')dnl
define(`confMILTER_MACROS_HELO', `{{tls_version}}, {{cipher}}, {{cipher_bits}}, {{cert_subject}}, {{cert_issuer}}, {{verify}}')dnl
define(`confMILTER_MACROS_ENVFROM', `i, {{auth_type}}, {{auth_authen}}, {{mail_mailer}}, {{mail_host}}, {{mail_addr}}')dnl
"""


def sendmail_lines(settings: Settings) -> str:
    """Lines for sendmail.mc. Sendmail is not chrooted: it opens the path we listen on."""
    return _SENDMAIL.format(socket=milter_socket(settings.milter))
