"""The header fields that only this program may write: foreign copies are removed on every listener."""

from __future__ import annotations

RESULT = "X-SMIME-Milter-Result"
NOTICE = "X-SMIME-Milter-Notice"
SEALED = "X-SMIME-Milter-Sealed"
PROBE = "X-SMIME-Milter-Probe"
LOOP = "X-SMIME-Milter-Loop"
AUTHENTICATION_RESULTS = "Authentication-Results"
_PREFIX = b"x-smime-milter-"


def is_own_name(name: bytes) -> bool:
    """Whether a field name is one of ours, however it is written (`_` and case are no difference)."""
    return name.strip().lower().replace(b"_", b"-").startswith(_PREFIX)
