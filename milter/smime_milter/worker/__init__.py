"""The sandboxed process: it parses foreign bytes, holds no key, reads no file and has no network."""
