"""What people read about the configuration, made from the schema: smime-milter.yaml(5) and the shipped file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from smime_milter.config.kinds import Key, Section, TableOf
from smime_milter.config.schema import SETTINGS

_HEAD = """\
# The settings that are changed most often. All others, with their defaults: man smime-milter.yaml
# After a change: smime-milter check-config && systemctl reload smime-milter
"""

_MAN_HEAD = r""".TH SMIME\-MILTER.YAML 5 "" smime\-milter "File formats"
.SH NAME
smime\-milter.yaml \- configuration of the S/MIME gateway filter
.SH SYNOPSIS
.I /etc/smime\-milter/smime\-milter.yaml
.SH DESCRIPTION
One YAML file in UTF\-8.
Every key has a default but the two that are marked "must be given".
.BR "smime\-milter check\-config"
reports every fault with line and column, opens all that the file points to, and changes nothing.
A running daemon takes a changed file on
.BR "systemctl reload smime\-milter" ;
if the file is faulty it keeps what it has.
.PP
The file is read by the rules of YAML 1.2, strictly: only
.B true
and
.B false
are booleans;
.BR yes ,
.BR no ,
.B on
and
.B off
are text.
Keys that stand twice, anchors, aliases, merge keys, tags and a second document are errors,
and so is an unquoted number with a leading zero.
.PP
Sizes have a unit, powers of 1024:
.BR 64k ,
.BR 64M ,
.BR 1G .
So have durations:
.BR 5s ,
.BR 30m ,
.BR 12h ,
.BR 3d .
Secrets do not belong in the file: they come as systemd credentials.
"""

_MAN_TAIL = r""".SH FILES
.TP
.I /etc/smime\-milter/smime\-milter.yaml
.TQ
.I /etc/smime\-milter/keys/
.TQ
.I /var/lib/smime\-milter/
.SH SEE ALSO
.BR smime\-milter (8),
.BR postconf (5)
"""


def example() -> str:
    """The shipped configuration file: the keys that have a `why`, each under its sentence."""
    return _HEAD + "".join(_example_of(key) for key in _sections())


def _sections() -> tuple[Key, ...]:
    return SETTINGS.keys


def _example_of(key: Key) -> str:
    if not isinstance(key.kind, Section):
        return "\n" + _comment(key.why, indent="") + f"{key.name}: {key.example}\n" if key.why else ""
    shown = "".join(_explained(inner) for inner in key.kind.keys if inner.why)
    return f"\n# {key.meaning}\n{key.name}:\n{shown}" if shown else ""


def _explained(key: Key) -> str:
    default = f"  # Default: {key.default}\n" if key.default not in (None, "", '""', "[]", "{}") else ""
    return _comment(key.why, indent="  ") + default + f"  {key.name}: {key.example or key.default}\n"


def _comment(text: str, *, indent: str) -> str:
    return textwrap.fill(text, 110, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ", break_on_hyphens=False) + "\n"


def man_page() -> str:
    """The source of smime-milter.yaml(5)."""
    keys = "".join(f".SS {_roff(key.name)}\n{_roff(key.meaning)}\n" + "".join(_section(key)) for key in _sections())
    shown = "".join(_roff(line) + "\n" for line in example().splitlines())
    return f"{_MAN_HEAD}.SH KEYS\n{keys}.SH EXAMPLE\n.nf\n{shown}.fi\n{_MAN_TAIL}"


def _section(key: Key) -> Iterator[str]:
    match key.kind:
        case Section(keys=keys):
            yield from (_entry(inner, prefix="") for inner in keys)
        case TableOf(kind=Section(keys=keys)):
            yield f".PP\nFor example\n.BR \"{_roff(key.name)}: {_roff(key.example)}\" .\nKeys of an entry:\n"
            yield from (_entry(inner, prefix="") for inner in keys)


def _entry(key: Key, *, prefix: str) -> str:
    if isinstance(key.kind, Section):
        return f".TP\n.B {_roff(key.name)}\n{_roff(key.meaning)}\n" + "".join(
            _entry(inner, prefix=f"{key.name}.") for inner in key.kind.keys)
    return f".TP\n.B {_roff(prefix + key.name)}\n{_roff(key.meaning)}\n.br\n{_roff(_facts(key))}\n"


def _facts(key: Key) -> str:
    if key.default is None:
        return f"Must be given. Value: {key.kind.word}. Example: {key.example}"
    default = f" Default: {key.default}." if key.default else ""
    return f"Value: {key.kind.word}.{default}" + (f" Example: {key.example}" if key.example else "")


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + escaped if escaped.startswith((".", "'")) else escaped
