"""Actions whose effect stays when the credentials are gone, or by which a session gets more: data, with reasons.

A reason completes "…, because"; a name may hold wildcards. Sources: the Service Authorization Reference, and the public
catalogues of privilege escalation in AWS.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from grants.policy.catalogue import KnownAction, expand

OUTLIVES, ESCALATES, LASTS = "outlives", "escalates", "lasts"


@dataclass(frozen=True, slots=True)
class Risk:
    """``kind`` is OUTLIVES, ESCALATES or LASTS."""

    kind: str
    reason: str


_ANYBODY: Final = "it can let anybody in, and what it says stays when the credentials are gone"
_DOOR: Final = "an access point is a door of its own, which stays open"
_SHARED: Final = "it shares the data with another account, which keeps it"
_RUNS: Final = "it starts code that runs on when the credentials are gone"
_AS_ANOTHER: Final = "it runs code with the rights of another role"
_MORE_KEYS: Final = "it gives other credentials, which no Deny of Daypass reaches"
_COPIES: Final = "it has the data copied elsewhere from then on"
_TIMED: Final = "it acts at a later time, when the grant is over"
_GUARD: Final = "it takes away a protection of the bucket or account, for good"

_TABLE: Final[tuple[tuple[str, str, str], ...]] = (
    # s3: who may read the data later
    (OUTLIVES, "s3:PutBucketPolicy s3:DeleteBucketPolicy s3:Put*Acl s3:ObjectOwnerOverrideToBucketOwner", _ANYBODY),
    (OUTLIVES, "s3:Create*AccessPoint* s3:Put*AccessPointPolicy* s3:Delete*AccessPointPolicy*", _DOOR),
    (OUTLIVES, "s3:PutAccessPointConfigurationForObjectLambda", _DOOR),
    (OUTLIVES, "s3:CreateAccessGrant* s3:UpdateAccessGrants* s3:*AccessGrantsIdentityCenter", _ANYBODY),
    (OUTLIVES, "s3:PutAccessGrantsInstanceResourcePolicy s3:DeleteAccessGrantsInstanceResourcePolicy", _ANYBODY),
    (ESCALATES, "s3:GetDataAccess", _MORE_KEYS),
    (OUTLIVES, "s3:Put*PublicAccessBlock s3:PutBucketOwnershipControls s3:PutBucketAbac", _GUARD),
    (OUTLIVES, "s3:PutBucketWebsite s3:PutBucketCORS", "it opens the bucket to the Web"),
    (OUTLIVES, "s3:PutReplicationConfiguration s3:InitiateReplication s3:Replicate*", _COPIES),
    (OUTLIVES, "s3:PutInventoryConfiguration s3:PutAnalyticsConfiguration s3:PutBucketLogging", _COPIES),
    (OUTLIVES, "s3:PutBucketNotification", "it tells a target of its choice about every file that comes later"),
    (OUTLIVES, "s3:CreateJob s3:UpdateJobStatus", _AS_ANOTHER),
    (LASTS, "s3:PutLifecycleConfiguration", "it deletes or moves files at a later time, when the grant is over"),
    (LASTS, "s3:PutObjectRetention s3:PutObjectLegalHold", "nobody can delete the file then, possibly for years"),
    (LASTS, "s3:PutBucketObjectLockConfiguration s3:BypassGovernanceRetention", _GUARD),
    (LASTS, "s3:PutEncryptionConfiguration s3:UpdateObjectEncryption", "the data hangs on another key then"),
    (
        LASTS,
        "s3:PutBucketVersioning s3:DeleteBucket s3:CreateBucket s3:PutBucketRequestPayment",
        "it changes the bucket for good",
    ),
    # keys and secrets
    (OUTLIVES, "kms:CreateGrant kms:PutKeyPolicy", _ANYBODY),
    (OUTLIVES, "kms:ReplicateKey kms:ImportKeyMaterial kms:UpdatePrimaryRegion", "the key lives on somewhere else"),
    (LASTS, "kms:ScheduleKeyDeletion kms:DisableKey", "everything under the key is lost with it"),
    (OUTLIVES, "secretsmanager:PutResourcePolicy secretsmanager:ReplicateSecretToRegions", _ANYBODY),
    (OUTLIVES, "secretsmanager:RotateSecret", _RUNS),
    # code that runs later, or with other rights
    (OUTLIVES, "lambda:AddPermission lambda:AddLayerVersionPermission lambda:CreateFunctionUrlConfig", _ANYBODY),
    (OUTLIVES, "lambda:CreateEventSourceMapping lambda:UpdateEventSourceMapping", _RUNS),
    (ESCALATES, "lambda:CreateFunction lambda:UpdateFunction* lambda:PublishLayerVersion", _AS_ANOTHER),
    (ESCALATES, "ec2:RunInstances ec2:RequestSpot* ec2:CreateFleet ec2:ModifyInstanceAttribute", _AS_ANOTHER),
    (ESCALATES, "ec2:AssociateIamInstanceProfile ec2:ReplaceIamInstanceProfileAssociation", _AS_ANOTHER),
    (
        OUTLIVES,
        "ec2:CreateKeyPair ec2:ImportKeyPair ec2-instance-connect:SendSSHPublicKey",
        "a way into machines stays open",
    ),
    (OUTLIVES, "ec2:AuthorizeSecurityGroup* ec2:ModifySnapshotAttribute ec2:ModifyImageAttribute", _SHARED),
    (ESCALATES, "ssm:SendCommand ssm:StartSession ssm:StartAutomationExecution ssm:CreateAssociation", _AS_ANOTHER),
    (ESCALATES, "ecs:RunTask ecs:StartTask ecs:CreateService ecs:UpdateService ecs:ExecuteCommand", _AS_ANOTHER),
    (ESCALATES, "cloudformation:CreateStack* cloudformation:UpdateStack* cloudformation:ExecuteChangeSet", _AS_ANOTHER),
    (ESCALATES, "codebuild:CreateProject codebuild:UpdateProject codebuild:StartBuild*", _AS_ANOTHER),
    (
        ESCALATES,
        "codepipeline:CreatePipeline codepipeline:UpdatePipeline codepipeline:StartPipelineExecution",
        _AS_ANOTHER,
    ),
    (
        ESCALATES,
        "glue:CreateJob glue:UpdateJob glue:CreateDevEndpoint glue:UpdateDevEndpoint glue:CreateSession",
        _AS_ANOTHER,
    ),
    (ESCALATES, "sagemaker:Create*Job sagemaker:CreateNotebookInstance sagemaker:CreatePresigned*", _AS_ANOTHER),
    (ESCALATES, "apprunner:CreateService batch:SubmitJob", _AS_ANOTHER),
    (ESCALATES, "states:CreateStateMachine states:UpdateStateMachine", _AS_ANOTHER),
    (ESCALATES, "elasticmapreduce:RunJobFlow elasticmapreduce:AddJobFlowSteps", _AS_ANOTHER),
    (
        OUTLIVES,
        "events:PutRule events:PutTargets events:PutPermission scheduler:CreateSchedule scheduler:UpdateSchedule",
        _TIMED,
    ),
    (OUTLIVES, "autoscaling:Create* autoscaling:PutScheduledUpdateGroupAction dlm:CreateLifecyclePolicy", _TIMED),
    (OUTLIVES, "datasync:CreateTask datasync:UpdateTask datasync:StartTaskExecution", _COPIES),
    (
        OUTLIVES,
        "transfer:CreateUser transfer:UpdateUser transfer:ImportSshPublicKey",
        "it makes another account to sign in with",
    ),
    # data shared with other accounts
    (OUTLIVES, "sns:AddPermission sns:SetTopicAttributes sns:Subscribe", _ANYBODY),
    (OUTLIVES, "sqs:AddPermission sqs:SetQueueAttributes", _ANYBODY),
    (OUTLIVES, "ecr:SetRepositoryPolicy ecr:PutRegistryPolicy ecr:PutReplicationConfiguration", _ANYBODY),
    (OUTLIVES, "dynamodb:PutResourcePolicy dynamodb:CreateGlobalTable dynamodb:ExportTableToPointInTime", _SHARED),
    (OUTLIVES, "rds:ModifyDBSnapshotAttribute rds:ModifyDBClusterSnapshotAttribute rds:StartExportTask", _SHARED),
    (OUTLIVES, "ram:CreateResourceShare ram:AssociateResourceShare lakeformation:GrantPermissions", _SHARED),
    (OUTLIVES, "backup:PutBackupVaultAccessPolicy glacier:SetVaultAccessPolicy", _ANYBODY),
    (OUTLIVES, "logs:PutResourcePolicy logs:PutSubscriptionFilter logs:PutDestinationPolicy", _COPIES),
    (OUTLIVES, "kinesis:PutResourcePolicy vpc-lattice:PutResourcePolicy", _ANYBODY),
    (OUTLIVES, "codeartifact:PutDomainPermissionsPolicy codeartifact:PutRepositoryPermissionsPolicy", _ANYBODY),
    (OUTLIVES, "es:UpdateDomainConfig es:UpdateElasticsearchDomainConfig aoss:CreateAccessPolicy", _ANYBODY),
    (OUTLIVES, "aoss:UpdateAccessPolicy", _ANYBODY),
    # other credentials
    (OUTLIVES, "iot:CreateKeysAndCertificate", "the certificate signs in by itself, for years"),
    (ESCALATES, "lightsail:GetInstanceAccessDetails s3express:CreateSession", _MORE_KEYS),
    (
        ESCALATES,
        "cognito-identity:GetCredentials* cognito-identity:GetOpenIdToken* cognito-identity:Set*",
        _MORE_KEYS,
    ),
    (ESCALATES, "redshift:GetClusterCredentials*", _MORE_KEYS),
    (ESCALATES, "codeartifact:GetAuthorizationToken sso:CreateAccountAssignment sso:Attach* sso:Put*", _MORE_KEYS),
    (ESCALATES, "rolesanywhere:Create* rds-db:connect eks:CreateAccessEntry eks:AssociateAccessPolicy", _MORE_KEYS),
    (
        ESCALATES,
        "organizations:Create* organizations:Attach* organizations:Detach* identitystore:Create*",
        "it concerns who is who in the whole organisation",
    ),
)

# What AWS calls a policy on a thing, in whichever service, the next one included; its own list often says just "Write".
_POLICY_NAME: Final = re.compile(r".*(?:Resource|Permissions?|Bucket)Policy")
_READING: Final = ("List", "Read")


def risk_of(known: KnownAction) -> Risk | None:
    """What speaks against giving this action for a while; None when nothing that is known does."""
    risk = _risks(known.name.partition(":")[0]).get(known.name)
    if risk is None and known.level not in _READING and _POLICY_NAME.fullmatch(known.name):
        return Risk(OUTLIVES, _ANYBODY)
    return risk


@lru_cache(maxsize=24)
def _risks(prefix: str) -> dict[str, Risk]:
    """Action → risk, for one service; the first row of the table that names it counts."""
    found: dict[str, Risk] = {}
    for kind, pattern, reason in _rows():
        for known in expand(pattern) if pattern.startswith(f"{prefix}:") else ():
            found.setdefault(known.name, Risk(kind, reason))
    return found


def _rows() -> Iterable[tuple[str, str, str]]:
    """(kind, pattern, reason), one pattern a row."""
    return ((kind, pattern, reason) for kind, patterns, reason in _TABLE for pattern in patterns.split())
