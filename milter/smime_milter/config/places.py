"""Where a key stands in the file, for faults that show only when the file has been read."""

from __future__ import annotations

import re

from smime_milter.config.document import Items, Node, Table, parse
from smime_milter.config.problem import Place, Report


def place_of(text: str, path: str) -> Place | None:
    """The value of a key such as `certificates.anchors[1]`; None where the file leaves it at its default."""
    node: Node | None = parse(text, Report(""))
    rest = path
    while node is not None and rest:
        node, rest = _step(node, rest)
    return node


def _step(node: Node, rest: str) -> tuple[Node | None, str]:
    if isinstance(node, Items):
        index = re.match(r"\[([0-9]{1,6})\]", rest)
        at = int(index[1]) if index else len(node.items)
        return (node.items[at] if at < len(node.items) else None), rest[index.end() if index else 0:].removeprefix(".")
    for key, value in node.entries if isinstance(node, Table) else ():
        # A partner's name has dots of its own, so keys are compared whole.
        if re.match(re.escape(key.text) + r"(?=\.|\[|$)", rest, re.IGNORECASE):
            return value, rest[len(key.text):].removeprefix(".")
    return None, ""
