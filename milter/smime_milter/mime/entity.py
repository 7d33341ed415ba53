"""The map of one MIME entity: where its header fields, its body and its parts lie in the original bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smime_milter.model.ambiguity import Ambiguity


@dataclass(frozen=True, slots=True)
class Field:
    """One raw header field: `[start:end)` with its line ends; the value starts behind the colon."""

    name: bytes
    start: int
    end: int
    value_start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One entity, as offsets into the octets it was parsed from.

    `[start:body)` is the header section with its empty line, `[body:end)` the body without the
    line end that belongs to the boundary behind it. `encoding` is empty when it is outside the
    grammar. `parts` are those of a multipart, or the one message in an identity-encoded
    message/rfc822. `codes` are the entity's own, not those of its parts.
    """

    path: str
    start: int
    body: int
    end: int
    fields: tuple[Field, ...]
    media_type: str
    parameters: Mapping[str, str]
    encoding: str
    disposition: str
    filename: str
    parts: tuple[Entity, ...]
    codes: frozenset[Ambiguity]

    def walk(self) -> Iterator[Entity]:
        """Yield itself and everything below it, depth first."""
        pending = [self]
        while pending:
            entity = pending.pop()
            yield entity
            pending.extend(reversed(entity.parts))
