"""`smime-milter run`: the daemon in the foreground."""

from __future__ import annotations

import click

from smime_milter.cli import path_of


@click.command("run")
@click.pass_context
def command(context: click.Context) -> int:
    """Run the daemon in the foreground.

    SIGHUP reloads the configuration, SIGTERM finishes what is in flight. Exit status 78: the
    configuration cannot be used.

    \b
    Example:
      smime-milter --config /etc/smime-milter/smime-milter.yaml run
    """
    from smime_milter.daemon import Daemon, leave
    status = Daemon(path_of(context)).run()
    leave(status)
    return status
