"""The command line: `smime-milter` and the registry of its subcommands.

A subcommand is the module of this folder that has its name, with a click command `command`; it is
imported when it is called, so that help and completion start fast. It returns its exit status:
0 done, 1 the answer is no, 2 usage or configuration (None is 0).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smime_milter import __version__
from smime_milter.model.errors import SmimeMilterError

if TYPE_CHECKING:
    from smime_milter.model.settings import Settings

# Module and the sentence `smime-milter --help` shows for it.
COMMANDS = (
    ("check_config", "Read the configuration and all it points to; report every fault."),
    ("run", "Run the daemon in the foreground."),
    ("explain", "Show what would happen to a message, and why."),
    ("certs", "Look after partners' certificates."),
    ("keys", "List our own keys and certificates."),
    ("held", "Look after mail that was kept back."),
    ("mta", "Print the exact MTA settings for this host."),
)
DEFAULT = Path("/etc/smime-milter/smime-milter.yaml")


class ConfigurationFaulty(click.ClickException):
    """The configuration cannot be used; one line per fault, exit status 2."""

    exit_code = 2


def settings_of(context: click.Context) -> Settings:
    """The configuration that --config names; ends the command with every fault if it has any."""
    from smime_milter.config.reading import load
    from smime_milter.model.settings import Settings

    found = load(path_of(context))
    if isinstance(found, Settings):
        return found
    raise ConfigurationFaulty("\n".join(str(problem) for problem in found))


def path_of(context: click.Context) -> Path:
    """The file that --config names."""
    return Path(context.find_root().params["config"])


class LazyGroup(click.Group):
    """A group that knows its subcommands by name, and in which no traceback reaches a user."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [_typed(module) for module, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = next((module for module, _ in COMMANDS if _typed(module) == cmd_name), None)
        return import_module(f"{__name__}.{module}").command if module else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(_typed(module), sentence) for module, sentence in COMMANDS])

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Run a command line and exit; whatever went wrong is one line on standard error."""
        name = prog_name or "smime-milter"
        if not extra.pop("standalone_mode", True):
            return super().main(args, name, standalone_mode=False, **extra)
        try:
            status = super().main(args, name, standalone_mode=False, **extra)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read our output has enough; Python would complain once more at its own end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            status = 1
        except Exception as failure:
            status = _complain(name, failure)
        sys.exit(status if isinstance(status, int) else 0)


def _typed(module: str) -> str:
    return module.replace("_", "-")


def _complain(name: str, failure: Exception) -> int:
    """One line on standard error for what went wrong, and the exit status that says so."""
    lines, status = _described(failure)
    for line in lines.splitlines():
        click.echo(f"{name}: {line}", err=True)
    return status


def _described(failure: Exception) -> tuple[str, int]:
    match failure:
        case click.UsageError(ctx=click.Context() as context):
            return f"{failure.format_message()} See {context.command_path} --help.", failure.exit_code
        case click.ClickException():
            return failure.format_message(), failure.exit_code
        case click.Abort():
            return "interrupted", 1
        case SmimeMilterError():
            return str(failure), 1
        case OSError(strerror=str(reason), filename=file) if file is not None:
            return f"{file}: {reason}", 1
    # Not its text: that could hold what was being worked on.
    return f"internal error: {type(failure).__name__}{_place_of(failure)}; please report it", 1


def _place_of(failure: Exception) -> str:
    trace = failure.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), default=DEFAULT, show_default=True, metavar="FILE",
              help="The configuration file.")
@click.version_option(__version__, prog_name="smime-milter")
def main(config: Path) -> None:
    """S/MIME gateway filter for Postfix and Sendmail: personal data leaves only as S/MIME.

    \b
    Example:
      smime-milter --config /etc/smime-milter/smime-milter.yaml check-config

    Exit status: 0 done, 1 the answer is no, 2 usage or configuration error.
    """
