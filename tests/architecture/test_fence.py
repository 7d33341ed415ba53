"""Foreign modules stay where the design lets them in."""

from __future__ import annotations

import ast
import re
import sys

from tests.architecture.source import NAME, ROOT, files_of_tests, modules

# Module -> (Debian package, places below smime_milter that may import it).
FENCE: dict[str, tuple[str, tuple[str, ...]]] = {
    "Milter": ("python3-milter", ("adapters.milter",)),
    "milter": ("python3-milter", ("adapters.milter",)),
    "asn1crypto": ("python3-asn1crypto", ("cms", "certs", "adapters.keys", "adapters.revocation", "adapters.anchors")),
    "cryptography": (
        "python3-cryptography",
        # The stores seal held mail with AES-GCM and nothing else, the sealer what travels to the splitter.
        ("cms", "certs", "adapters.keys", "adapters.revocation", "adapters.anchors", "adapters.stores", "adapters.sealer"),
    ),
    "OpenSSL": ("python3-openssl", ("cms", "certs", "adapters.keys", "adapters.revocation", "adapters.anchors")),
    "dns": ("python3-dnspython", ("adapters.dns",)),
    "yaml": ("python3-yaml", ("config",)),
    "systemd": ("python3-systemd", ("adapters.journal", "adapters.tls_log", "daemon")),
    "sqlalchemy": ("python3-sqlalchemy", ("adapters.stores",)),
    "alembic": ("python3-alembic", ("adapters.stores",)),
    "sqlite3": ("", ("adapters.stores",)),
    "click": ("python3-click", ("cli",)),
    "rich": ("python3-rich", ("cli",)),
    "jinja2": ("python3-jinja2", ("notices", "publish", "report")),
    "aiosmtpd": ("python3-aiosmtpd", ("adapters.splitter",)),
    "seccomp": ("python3-seccomp", ("worker",)),
}
# `email` is neither judge nor writer of mail in transit; it may build our own notices, and email.utils reads a date.
EMAIL = ("notices",)
EMAIL_UTILS = "email.utils."
# No network and no child processes in what only computes.
PURE = ("model", "mime", "certs", "cms", "attachments", "personal_data", "pseudonyms", "methods", "policy", "notices", "pipeline")
# Frames travel over the worker's pipe, which both ends were given; nothing is opened there.
PIPE = ("model.frames",)
WORLD = {"socket", "subprocess", "http", "urllib.request", "smtplib", "ssl", "asyncio", "ftplib", "socketserver"}


def test_foreign_modules_stay_behind_their_fence() -> None:
    """Every import from outside the standard library stands in a folder that the table allows."""
    wrong = []
    for module in modules():
        here = ".".join(module.parts)
        for name, line in module.imports:
            top = name.split(".")[0]
            if top in FENCE and not _is_within(here, FENCE[top][1]):
                wrong.append(f"{module.shown}:{line}: {top} may be imported in {', '.join(FENCE[top][1])} only")
            elif top not in FENCE and top != NAME and top not in sys.stdlib_module_names:
                wrong.append(f"{module.shown}:{line}: {top} is in no fence; add it to FENCE with its Debian package")
    assert not wrong, "\n".join(wrong)


def test_email_is_neither_judge_nor_writer_of_mail_in_transit() -> None:
    """The standard library's mail parser is imported by the notices alone: it changes half of real mails."""
    wrong = [
        f"{module.shown}:{line}: imports {name}"
        for module in modules()
        for name, line in module.imports
        if name.split(".")[0] in ("email", "mailbox") and not name.startswith(EMAIL_UTILS)
        if not _is_within(".".join(module.parts), EMAIL)
    ]
    assert not wrong, "\n".join(wrong)


def test_what_only_computes_cannot_reach_the_world() -> None:
    """No socket, no child process in the layers below the adapters."""
    wrong = [
        f"{module.shown}:{line}: imports {name}"
        for module in modules()
        if module.parts[:1] and module.parts[0] in PURE and not _is_within(".".join(module.parts), PIPE)
        for name, line in module.imports
        if name.split(".")[0] in WORLD or name in WORLD
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_imported_is_what_the_package_depends_on() -> None:
    """The packages of all imports are the group `program` of packages.txt; libnss3 and tzdata are read, not imported."""
    imported = {name.split(".")[0] for module in modules() for name, _ in module.imports}
    needed = {FENCE[top][0] for top in imported & FENCE.keys()} - {""}
    listed = set(re.findall(r"^program\s+(\S+)", (ROOT / "tests" / "packages.txt").read_text(), re.MULTILINE))
    assert listed - {"libnss3", "tzdata"} == needed


def test_what_the_tests_import_is_installed_by_test() -> None:
    """No test depends on a module that happens to lie on somebody's machine: its package stands in packages.txt."""
    listed = set(re.findall(r"^[a-z]+\s+(\S+)$", (ROOT / "tests" / "packages.txt").read_text(), re.MULTILINE))
    package = {top: row[0] for top, row in FENCE.items() if row[0]}
    package |= {"pytest": "python3-pytest", "hypothesis": "python3-hypothesis"}
    known = sys.stdlib_module_names | {NAME, "tests"} | {top for top, name in package.items() if name in listed}
    wrong = [
        f"{path.relative_to(ROOT)}: {top}"
        for path in files_of_tests()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for top in _tops(node)
        if top not in known
    ]
    assert not wrong, "\n".join(wrong)


def _tops(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module.split(".")[0]]
    return []


def _is_within(place: str, allowed: tuple[str, ...]) -> bool:
    return any(place == one or place.startswith(one + ".") for one in allowed)
