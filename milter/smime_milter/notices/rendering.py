"""Values and a text make what a person reads: sandboxed templates, 72 columns, the box for IT last."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.exceptions import TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from smime_milter.model.notice import Notice
from smime_milter.model.plain import from_plain
from smime_milter.notices.cases import CASES
from smime_milter.notices.cases.found import Found
from smime_milter.notices.words import FILTERS

SHIPPED = Path(__file__).parent / "texts"
COLUMNS = 72
BLOCKS = ("subject_de", "subject_en", "de", "en")
_BY_NAME = {case.NAME: case for case in CASES}
_ENGLISH_BELOW = {"de": "---- Auf Deutsch weiter unten / German below ----", "en": "---- English below ----"}
_BOX = "---- Für die IT / for IT ----"
_LONGEST_LINE = 2000   # of a template's output before it is wrapped; nothing of ours comes near


@dataclass(frozen=True, slots=True)
class Rendered:
    """`subject` is one line, `text` has LF line ends and at most 72 columns."""

    subject: str
    text: str


class Texts:
    """The shipped texts, and before them edited copies from `folder`; a copy that does not work is passed over."""

    def __init__(self, folder: Path | None, languages: tuple[str, ...] = ("de", "en")) -> None:
        self._languages = languages
        self._shipped = _environment(SHIPPED)
        self._edited = _environment(folder) if folder is not None else None

    def render(self, notice: Notice, postmaster: str) -> Rendered:
        values = values_of(notice)
        pieces = self._pieces(notice.case, values)
        outcome = " / ".join(pieces[f"subject_{language}"].strip() for language in self._languages)
        subject = f"{outcome}: {notice.subject}" if notice.subject else outcome
        bodies = [_wrapped(pieces[self._languages[0]])]
        bodies += [f"{_ENGLISH_BELOW[language]}\n\n{_wrapped(pieces[language])}" for language in self._languages[1:]]
        contact = f"Kennung / reference: {notice.reference}\nFragen / questions: {postmaster}"
        box = "\n".join(_box_lines(notice, values))
        return Rendered(" ".join(subject.split()), "\n\n".join([*bodies, _lines(contact), f"{_BOX}\n{_lines(box)}"]) + "\n")

    def faults(self) -> list[str]:
        """Edited copies that cannot be used, each with why."""
        return [] if self._edited is None else [fault for case in CASES if (fault := _fault(self._edited, case.NAME))]

    def _pieces(self, case: str, values: Any) -> Mapping[str, str]:
        return self._of_copy(case, values) or _rendered(_blocks(self._shipped, case), values)

    def _of_copy(self, case: str, values: Any) -> Mapping[str, str] | None:
        """None where there is no copy, or one that is half-written or does not know what to do with these values."""
        if self._edited is None:
            return None
        try:
            return _rendered(_blocks(self._edited, case), values)
        except (TemplateError, OSError, UnicodeError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
            return None


def values_of(notice: Notice) -> Any:
    """The value object of the notice's case; NotPlain for what was written by another version."""
    return from_plain(_BY_NAME[notice.case], json.loads(notice.values), [])


def _environment(folder: Path) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.filters.update(FILTERS)
    return environment


def _fault(environment: ImmutableSandboxedEnvironment, case: str) -> str:
    try:
        _blocks(environment, case)
    except TemplateNotFound:
        return ""
    except (TemplateError, OSError, UnicodeError, LookupError) as error:
        return f"{case}.txt: {type(error).__name__}"
    return ""


def _blocks(environment: ImmutableSandboxedEnvironment, case: str) -> Template:
    template = environment.get_template(f"{case}.txt")
    missing = [name for name in BLOCKS if name not in template.blocks]
    if missing:
        raise KeyError(missing[0])
    return template


def _rendered(template: Template, values: Any) -> Mapping[str, str]:
    context = template.new_context({f.name: getattr(values, f.name) for f in fields(values)})
    return {name: "".join(template.blocks[name](context)) for name in BLOCKS}


def _wrapped(text: str) -> str:
    """Paragraphs filled to the width; a line that begins with "- " is an item of its own."""
    paragraphs = re.split(r"\n[ \t]*\n\s*", text.strip())
    return "\n\n".join(_paragraph(paragraph) for paragraph in paragraphs)


def _paragraph(text: str) -> str:
    items: list[str] = []
    for line in text.split("\n"):
        line = line.strip()[:_LONGEST_LINE]
        if line.startswith("- ") or not items:
            items.append(line)
        else:
            items[-1] += " " + line
    return "\n".join(_filled(item, "  " if item.startswith("- ") else "") for item in items)


def _filled(text: str, indent: str) -> str:
    return textwrap.fill(" ".join(text.split()), COLUMNS, subsequent_indent=indent, break_on_hyphens=False)


def _lines(text: str) -> str:
    return "\n".join(_filled(line, "    ") for line in text.split("\n"))


def _box_lines(notice: Notice, values: Any) -> list[str]:
    lines = [f"Fall / case: {notice.case}", f"Kennung / reference: {notice.reference}"]
    if notice.in_reply_to:
        lines.append(f"Message-ID: {notice.in_reply_to}")
    for one in fields(values):
        value = getattr(values, one.name)
        if isinstance(value, Enum):
            lines.append(f"{one.name}: {value.value}")
        elif one.name == "found" and value:
            lines.append("found: " + ", ".join(_code(each) for each in value))
    return lines


def _code(found: Found) -> str:
    return f"{found.category.value}:{found.count}"
