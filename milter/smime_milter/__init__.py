"""S/MIME gateway filter for Postfix and Sendmail.

A message takes five steps, each one module of `pipeline`:

    collect    SMTP events               -> Envelope, Message
    gather     Envelope, Message         -> Facts
    decide     Settings, Facts           -> Decision
    transform  Decision, Message, Facts  -> Draft
    settle     Envelope, Message, Draft  -> Outcome

Only `adapters` touches the world, only `worker` parses foreign bytes, only `adapters.keys`
sees private keys.
"""

__version__ = "0.1.0"
