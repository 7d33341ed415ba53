"""Values of the mail world as an administrator writes them: domains, networks, sockets, addresses."""

from __future__ import annotations

import re
from datetime import date
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from smime_milter.config.problem import Wrong, nearest, quoted
from smime_milter.model.address import parse_address, to_a_label
from smime_milter.model.settings import Network

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{0,20}}")
_SOCKET_PATH = 107  # sun_path of Linux, without the final NUL: unix(7)


def text(value: str) -> str:
    """Text that stands in one line of a header field or log."""
    if not value or not value.isprintable() or len(value) > 200:
        raise Wrong(f"{quoted(value)} is no text of 1 to 200 printable characters")
    return value


def weight(value: str) -> float:
    """A number from 0 to 1000, with a decimal point if need be."""
    if not re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,3})?", value) or float(value) > 1000:
        raise Wrong(f"{quoted(value)} is no number from 0 to 1000")
    return float(value)


def host_name(value: str) -> str:
    """A domain in lower case and A-labels."""
    if "@" in value:
        raise Wrong(f"{quoted(value)} is an address: write only the part after the @")
    if value.startswith("*."):
        raise Wrong(f"{quoted(value)}: write a leading dot, not a star, to include subdomains: {quoted(value[1:])}")
    label = to_a_label(value) if len(value) <= 253 else value
    if value.endswith("..") or len(label) > 253 or not _DOMAIN.fullmatch(label):
        raise Wrong(f"{quoted(value)} is no domain name: write it as example.org")
    return label


def domain(value: str) -> str:
    """A domain; a leading dot, which includes its subdomains, stays."""
    return "." + host_name(value[1:]) if value.startswith(".") else host_name(value)


def address(value: str) -> str:
    """A mailbox in comparable form."""
    parsed = parse_address(value) if len(value) <= 320 else None
    if parsed is None or value.startswith("<") or not value.isprintable():
        raise Wrong(f"{quoted(value)} is no mail address: write it as name@example.org")
    host_name(parsed.domain)
    return parsed.key


def address_or_nothing(value: str) -> str:
    return address(value) if value else ""


def partner(value: str) -> str:
    """A partner's domain or address."""
    if value.startswith("."):
        raise Wrong(f"{quoted(value)}: a partner is one domain or address, without a leading dot")
    return address(value) if "@" in value else host_name(value)


def network(value: str) -> Network:
    """A network in CIDR form."""
    try:
        return ip_network(value)
    except ValueError:
        raise Wrong(_why_no_network(value)) from None


def _why_no_network(value: str) -> str:
    bare = value.replace("[", "").replace("]", "")
    try:
        found = ip_interface(bare)
    except ValueError:
        return f"{quoted(value)} is no network: write it as 192.0.2.0/24 or 2001:db8::/32"
    if bare != value:
        return f"{quoted(value)}: write it without brackets: \"{found.network}\""
    return f"{quoted(value)} has bits set behind its prefix: the network is \"{found.network}\", the one host is \"{found.ip}\""


def authserv_id(value: str) -> str:
    # RFC 8601 §2.5: a domain name by custom
    return host_name(value) if value else ""


def listener(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", value):
        raise Wrong(f"{quoted(value)} is no service name: write it as milter_macro_daemon_name says it in master.cf")
    return value


def milter_socket(value: str) -> str:
    """auto, unix:PATH or inet:PORT@HOST."""
    kind, _, rest = value.partition(":")
    if value == "auto":
        return value
    if kind == "unix":
        return f"unix:{_socket_path(rest)}"
    if kind == "inet":
        return _inet(value, rest)
    raise Wrong(f"{quoted(value)} is no socket: write auto, unix:/run/smime-milter/milter.sock or inet:8899@127.0.0.1")


def split_socket(value: str) -> str:
    """auto, off or unix:PATH."""
    if value not in ("auto", "off") and not value.startswith("unix:"):
        raise Wrong(f"{quoted(value)} is no socket for LMTP: write auto, off or unix:/run/smime-milter/split.sock")
    return value if value == "off" else milter_socket(value)


def _socket_path(path: str) -> str:
    if not path.startswith("/") or not path.isprintable() or path.endswith("/"):
        raise Wrong(f"{quoted(path)} is no absolute path of a socket: write unix:/run/smime-milter/milter.sock")
    if len(path.encode("utf-8")) > _SOCKET_PATH:
        raise Wrong(f"the path of a socket may have {_SOCKET_PATH} bytes; this one has {len(path.encode('utf-8'))}")
    return path


def _inet(value: str, rest: str) -> str:
    port, at, host = rest.partition("@")
    turned = re.fullmatch(r"(.+):([0-9]{1,5})", rest)
    if not at and turned:
        raise Wrong(f"{quoted(value)} is how Postfix writes it; a milter writes the port first: \"inet:{turned[2]}@{turned[1]}\"")
    if not at:
        raise Wrong(f"{quoted(value)} names no host: write \"inet:8899@127.0.0.1\"")
    return f"inet:{_port(port)}@{_host(host)}"


def submit(value: str) -> str:
    """smtp:HOST:PORT."""
    matched = re.fullmatch(r"smtp:(.+):([^:@]*)", value)
    if not matched:
        raise Wrong(f"{quoted(value)} is no SMTP service: write smtp:127.0.0.1:10026")
    return f"smtp:{_host(matched[1])}:{_port(matched[2])}"


def _port(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= 65535:
        raise Wrong(f"{quoted(value)} is no port: 1 to 65535 are possible")
    return int(value)


def _host(value: str) -> str:
    bare = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    try:
        ip_address(bare)
    except ValueError:
        return host_name(value)
    return value


def workers(value: str) -> int:
    """auto (0) or a number."""
    if value == "auto":
        return 0
    if not re.fullmatch(r"[0-9]{1,3}", value) or not 1 <= int(value) <= 64:
        raise Wrong(f"{quoted(value)} is not possible here: write auto, or a number from 1 to 64")
    return int(value)


def working_days(value: str) -> int:
    """A number from 1 to 30."""
    if not re.fullmatch(r"[0-9]{1,2}", value) or not 1 <= int(value) <= 30:
        raise Wrong(f"{quoted(value)} is not possible here: write a number from 1 to 30")
    return int(value)


def time_of_day(value: str) -> str:
    """HH:MM, or "" for never."""
    if value == "never":
        return ""
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise Wrong(f"{quoted(value)} is no time of day: write 07:00, or never")
    return value


def page(value: str) -> str:
    """A web address that fits into one line of a notice, or nothing."""
    if value and not re.fullmatch(r"https?://[!-~]{1,60}", value):
        raise Wrong(f"{quoted(value)} is no web address of at most 68 characters: write https://www.example.org/smime")
    return value


def proxy(value: str) -> str:
    """An HTTP proxy, or nothing."""
    if value and not re.fullmatch(r"http://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}/?", value):
        raise Wrong(f"{quoted(value)} is no proxy: write http://proxy.example.org:3128")
    return value


def store(value: str) -> str:
    """A database; the message never quotes it, since it may hold a password."""
    scheme = value.partition(":")[0]
    if scheme == "sqlite" and not re.fullmatch(r"sqlite:////[^/?#\x00-\x1f][^?#\x00-\x1f]*", value):
        raise Wrong("an SQLite store needs an absolute path behind four slashes: sqlite:////var/lib/smime-milter/certificates.db")
    if scheme == "sqlite":
        return value
    if scheme != "postgresql" or not _is_database_url(value):
        hint = "" if scheme == "postgresql" else nearest(scheme, ("sqlite", "postgresql"))
        raise Wrong(f"is no store: write sqlite:////PATH or postgresql://USER@HOST/DATABASE.{hint}")
    return value


def _is_database_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return value.isprintable() and " " not in value and bool(parts.path.strip("/")) and parts.port != 0
    except ValueError:
        return False


def anchors(value: str) -> str:
    """mozilla-email or a PEM file."""
    if value != "mozilla-email" and not value.startswith("/"):
        hint = nearest(value, ("mozilla-email",))
        raise Wrong(f"{quoted(value)} is neither mozilla-email nor the absolute path of a PEM file.{hint}")
    return value if value == "mozilla-email" else str(path(value))


def lookup(value: str) -> str:
    """smimea, ldap://HOST or ldaps://HOST."""
    if value != "smimea" and not re.fullmatch(r"ldaps?://[^\s/?#]+(?:/[^\s]*)?", value):
        raise Wrong(f"{quoted(value)} is no source of certificates: write smimea, ldap://HOST or ldaps://HOST")
    return value


def path(value: str) -> Path:
    """An absolute path."""
    if not value.startswith("/") or not value.isprintable():
        raise Wrong(f"{quoted(value)} is no absolute path: it must begin with /")
    return Path(value)


def credential(value: str) -> str:
    # systemd.exec(5): a credential's name is a file name
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", value):
        raise Wrong(f"{quoted(value)} is no credential name: letters, digits, dot, hyphen and underscore")
    return value


def day(value: str) -> str:
    """MM-DD, every year, or YYYY-MM-DD."""
    try:
        if not re.fullmatch(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        date.fromisoformat(value if len(value) == 10 else "2000-" + value)
    except ValueError:
        raise Wrong(f"{quoted(value)} is no day: write 12-24 for every year, or 2026-12-24") from None
    return value
