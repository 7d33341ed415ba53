"""A layer imports only what lies below it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.architecture.source import Module, modules, own

LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "model",
        "mime certs attachments personal_data pseudonyms methods",
        "cms",
        "ports",
        "policy notices",
        "pipeline",
        "worker adapters",
        "publish report config fetcher",
        "splitting",
        "daemon",
        "cli",
        "__main__",
    )
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# The sandboxed process holds no key, asks no port and decides nothing.
WORKER_NEVER = {"ports", "policy", "notices", "pipeline", "adapters"}


def test_every_part_of_the_program_has_its_layer() -> None:
    """A new top-level folder or file is given a place among the layers before it can be merged."""
    homeless = {module.parts[0] for module in modules() if module.parts} - LEVEL.keys()
    assert not homeless, f"give these a layer in LAYERS: {sorted(homeless)}"


def test_a_layer_imports_only_lower_layers() -> None:
    """No import, not even inside a function, goes up or to a sibling of the same level."""
    wrong = [fault for module in modules() for fault in _upward(module)]
    assert not wrong, "\n".join(wrong)


def test_adapters_do_not_import_each_other() -> None:
    """Two adapters meet only in the composition root."""
    wrong = [
        f"{module.shown}:{line}: imports adapter {other[1]}"
        for module, line, other in _imports_of("adapters")
        if len(other) > 1 and len(module.parts) > 1 and other[0] == "adapters" and other[1] != module.parts[1]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_worker_knows_no_port_adapter_or_policy() -> None:
    """The process that parses foreign bytes cannot reach what acts on the world or decides."""
    wrong = [
        f"{module.shown}:{line}: imports {other[0]}"
        for module, line, other in _imports_of("worker")
        if WORKER_NEVER.intersection(other[:1])
    ]
    assert not wrong, "\n".join(wrong)


def _upward(module: Module) -> Iterator[str]:
    here = module.parts[0] if module.parts else ""
    for name, line in module.imports:
        there = own(name)
        if not there or there[0] == here or there[0].startswith("__"):
            continue
        if here not in LEVEL or there[0] not in LEVEL or LEVEL[there[0]] >= LEVEL[here]:
            yield f"{module.shown}:{line}: {here or 'smime_milter'} imports {there[0]}"


def _imports_of(layer: str) -> Iterator[tuple[Module, int, tuple[str, ...]]]:
    for module in modules():
        if module.parts[:1] == (layer,):
            for name, line in module.imports:
                other = own(name)
                if other is not None:
                    yield module, line, other
