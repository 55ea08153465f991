"""How large a session token may become: an estimate until STS has said; pure."""

import math
import zlib
from typing import Final

from grants.values import FederationRequest

TOKEN_MOST: Final = 4_096  # bytes of the whole session token
BASE: Final = 420  # a token that carries nothing, until a real size has told better
AMBER: Final = 80  # percent


def packed_bytes(request: FederationRequest) -> int:
    """What policy, ARNs and tags add, by guess: 4/3 of their compressed length. AWS does not publish its packing."""
    tags = [f"{key}={value}" for key, value in request.tags]
    plaintext = "\n".join([request.policy, *request.policy_arns, *tags])
    return math.ceil(4 / 3 * len(zlib.compress(plaintext.encode())))


def estimated_percent(packed: int, base: int = BASE) -> int:
    """Of the limit, rounded up. Never blocks anything by itself."""
    return math.ceil(100 * (base + packed) / TOKEN_MOST)
