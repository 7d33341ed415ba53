"""`python3 -P -m smime_milter.fetcher FD`: started for one request, talks over the inherited descriptor."""

from __future__ import annotations

import socket
import sys

from smime_milter.fetcher.serve import serve

if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
