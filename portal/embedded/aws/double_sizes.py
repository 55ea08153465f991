"""How large a session token gets: a model of our own, deterministic, because AWS does not publish its packing."""

import math
import re
import zlib
from typing import Final

from portal.embedded.aws.double_errors import Refusal
from portal.embedded.aws.double_limits import Form, policy_arns, session_tags
from portal.embedded.aws.double_wire import Answer

TOKEN_MOST: Final = 4096  # bytes of the whole session token, since 2026-09-15
BASE: Final = 420  # a token that carries no policy and no tags
SIZES: Final = re.compile(rb"<PackedPolicySize>\d+</PackedPolicySize>")


def token_size(form: Form) -> int:
    """Bytes of the session token: base + 4/3 of the compressed policy, ARNs and tags, or the asked-for minimum."""
    tags = [f"{key}={value}" for key, value in session_tags(form)]
    plaintext = "\n".join([form.get("Policy", ""), *policy_arns(form), *tags]).strip()
    packed = math.ceil(4 / 3 * len(zlib.compress(plaintext.encode()))) if plaintext else 0
    return max(BASE + packed, int(form.get("MinimumSessionTokenSize") or 0))


def utilization(size: int) -> int:
    """Percent of the limit, rounded up as AWS does."""
    return math.ceil(100 * size / TOKEN_MOST)


def check_size(form: Form) -> Refusal | None:
    """PackedPolicyTooLarge beyond the limit."""
    percent = utilization(token_size(form))
    return packed_too_large(percent) if percent > 100 else None  # noqa: PLR2004 - percent


def packed_too_large(percent: int) -> Refusal:
    """AWS's sentence for a token that would be too large."""
    sentence = f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
    return Refusal("PackedPolicyTooLarge", sentence)


def with_sizes(answer: Answer, form: Form) -> Answer:
    """The stand-in always says 0: put in the three sizes (GetSessionToken has no PackedPolicySize)."""
    size = token_size(form)
    percent = utilization(size)
    own = f"<SessionTokenUtilization>{percent}</SessionTokenUtilization><SessionTokenSize>{size}</SessionTokenSize>"
    body = SIZES.sub(f"<PackedPolicySize>{percent}</PackedPolicySize>".encode(), answer.wire_body)
    end = re.compile(rb"</(Get(Federation|Session)Token|AssumeRole)Result>")
    return answer.with_body(end.sub(lambda found: own.encode() + found[0], body))


def without_sizes(answer: Answer) -> Answer:
    """The answer of an STS that sends no sizes at all."""
    pattern = rb"<(PackedPolicySize|SessionTokenUtilization|SessionTokenSize)>\d+</\1>"
    return answer.with_body(re.sub(pattern, b"", answer.wire_body))
