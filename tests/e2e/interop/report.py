"""Write docs/interop.md from what really happened: `python3 -m tests.e2e.interop.report`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.e2e.interop.circle import Workshop
from tests.e2e.interop.matrix import Cell, Direction, attempt, cells, is_able, lack, rows
from tests.support.engines import ENGINES
from tests.support.openssl import Disagrees

PAGE = Path(__file__).parents[3] / "docs" / "interop.md"
WORKS, ENGINE_CANNOT, NOT_YET, NOBODY = "works", "engine cannot", "gateway: not yet", "–"
_HEAD = """\
# Other S/MIME programs

Written by `python3 -m tests.e2e.interop.report`, which tries every field of these tables with the running gateway behind a
Postfix; `./test tests/e2e/interop` tries them again, and a test compares this page with the code.

- **works**: tried, and the other side read text and signature as they were meant.
- **engine cannot**: the limit is the other program's. From us: tried, and the program refused. To us: it has no way to make it.
- **gateway: not yet**: the limit is ours. The test turns red when it starts to work.
- **–**: nobody can try it, since the one side that could does not know it or ours does not make it.
"""
_TITLES = {
    Direction.FROM_US: "## Made by the gateway, read by the program",
    Direction.TO_US: "## Made by the program, read by the gateway",
}
_TAIL = """\
Beside algorithms, every program reads from us: quoted-printable, 8-bit, ISO 8859-1, HTML, attachments and nested parts, each
clear-signed, opaque, encrypted to one, to three, and to owners of an EC and an RSA key together; and the gateway opens and
verifies what each of them has signed and then encrypted. One limit: NSS 3.87 (older than the one in Thunderbird 153) opens no
message with an EC recipient, not even as an RSA recipient of the same one. An RSA signature with SHA-1 "works" when the gateway
calls it `policy`, `weak-digest`.

Thunderbird is asked for its own verdict on each message. It shows our mail as good, altered mail as altered, and mail that was
released days after its Date field as good, because that is signed without a signing time. A signature with a domain's key is
intact, but Thunderbird says that From differs. It does not show the protected subject of S/MIME mail (RFC 9788): the reader sees
the outer one, which is `[...]` if it held personal data.
"""


def expected(cell: Cell) -> str:
    """What the code says about a cell without trying it."""
    if not is_able(cell):
        return NOBODY if lack(cell) and cell.direction is Direction.FROM_US else ENGINE_CANNOT
    return NOT_YET if lack(cell) else WORKS


def found(cell: Cell, shop: Workshop) -> str:
    """What happens when a cell is tried."""
    try:
        attempt(cell, shop)
    except Disagrees:
        return NOT_YET if is_able(cell) and lack(cell) else ENGINE_CANNOT
    except AssertionError:
        return NOT_YET
    return WORKS


def page(versions: Mapping[str, str], word: Callable[[Cell], str]) -> str:
    """The whole page; `word` says what stands in each field."""
    parts = [_HEAD]
    for direction, title in _TITLES.items():
        parts += [title, "\n".join(_table(direction, versions, word)) + "\n"]
    return "\n".join([*parts, _TAIL])


def _table(direction: Direction, versions: Mapping[str, str], word: Callable[[Cell], str]) -> Iterator[str]:
    names = [kind.name for kind in ENGINES if direction is Direction.FROM_US or any(_is_made(c, kind.name) for c in cells())]
    yield "| | " + " | ".join(f"{name} {versions[name]}" for name in names) + " |"
    yield "| --- |" + " --- |" * len(names)
    for algorithm, is_opaque in rows(direction):
        line = [Cell(direction, name, algorithm, is_opaque) for name in names]
        yield f"| {line[0].row} | " + " | ".join(map(word, line)) + " |"


def _is_made(cell: Cell, name: str) -> bool:
    return cell.direction is Direction.TO_US and cell.engine == name


def main() -> int:
    """Try everything and write the page; if a field is not as the code expects, name it and leave the page alone."""
    with Workshop() as shop:
        versions = {name: engine.version() for name, engine in shop.engines.items()}
        results = {cell: found(cell, shop) for cell in cells()}
    wrong = [f"{cell}: {word}, expected {expected(cell)}" for cell, word in results.items() if word != expected(cell)]
    print(f"{PAGE.name}: {len(results)} fields tried", *wrong, sep="\n")
    if not wrong:
        PAGE.write_text(page(versions, lambda cell: results.get(cell, expected(cell))), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
