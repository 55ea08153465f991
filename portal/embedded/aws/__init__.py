"""AWS on loopback for demo and tests: an enforcing stand-in (S3, IAM, STS) behind a strict double of ours."""

from portal.embedded.aws.control import AwsControl
from portal.embedded.aws.running import ACCOUNT_ID, RunningAws, start_aws

__all__ = ["ACCOUNT_ID", "AwsControl", "RunningAws", "start_aws"]
