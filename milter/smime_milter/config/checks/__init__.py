"""What check-config looks at beyond the file itself: a new look is a file here and a line in CHECKS."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from smime_milter.config.checks import anchors, announced, doubtful, keys, notices, postfix, route, sockets, store, submit
from smime_milter.config.checks.result import Result
from smime_milter.model.settings import Settings

Check = Callable[[Settings], Iterable[Result]]

CHECKS: tuple[Check, ...] = (
    doubtful.check,
    announced.check,
    keys.check,
    anchors.check,
    store.check,
    sockets.check,
    postfix.check,
    route.check,
    submit.check,
    notices.check,
)
