"""The smallest policy that could read something: listing one bucket; pure."""

import json


def listing_policy(partition: str, bucket: str) -> str:
    """Minified JSON, as STS takes it; ``bucket`` is a bucket's name."""
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:{partition}:s3:::{bucket}"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
