"""Other S/MIME programs as peers: one file each, and the one list of all."""

from __future__ import annotations

from tests.support.engines.bouncy_castle import BouncyCastle
from tests.support.engines.engine import Engine
from tests.support.engines.gpgsm import Gpgsm
from tests.support.engines.nss import NSS
from tests.support.engines.openssl_cms import OpenSSLCms
from tests.support.engines.thunderbird import Thunderbird

ENGINES: tuple[type[Engine], ...] = (OpenSSLCms, Gpgsm, NSS, BouncyCastle, Thunderbird)
