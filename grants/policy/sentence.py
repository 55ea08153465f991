"""What a scope allows, in the one sentence that people sign."""

from grants.policy.actions import in_order
from grants.policy.render import BucketScope


def describe_scope(scope: BucketScope) -> str:
    """For example: "list, read and write files under s3://acme-drop/in/"."""
    verbs = [action.verb for action in in_order(scope.actions)]
    return f"{_join(verbs)} files under s3://{scope.bucket}/{scope.prefix}"


def describe_grant(scope: BucketScope, seconds: int) -> str:
    """The whole sentence, for example: "List and read files under s3://acme-drop/in/ for up to 8 hours."."""
    scope_words = describe_scope(scope)
    return f"{scope_words[0].upper()}{scope_words[1:]} for up to {describe_seconds(seconds)}."


def describe_seconds(seconds: int) -> str:
    """Hours and minutes in words: "45 minutes", "1 hour", "8 hours 30 minutes"."""
    hours, minutes = divmod(seconds // 60, 60)
    parts = []
    if hours:
        parts.append("1 hour" if hours == 1 else f"{hours} hours")
    if minutes:
        parts.append(f"{minutes} minutes")
    return " ".join(parts)


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
