"""The limits in words."""

from dataclasses import dataclass

from django.urls import reverse

from grants import queries
from grants.models import RequestRule, User


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A line of the list: for whom or what, and its limits."""

    name: str
    url: str
    live: str
    daily: str
    escalates: str


def rule_rows(by: User) -> tuple[RuleRow, ...]:
    """Each person first, then every template by name."""
    rules = queries.rules_by_template()
    rows = [
        _row(
            "Each person, whatever they ask for", reverse("grants:rule_person"), rules.get(None), "as the template says"
        )
    ]
    for template in queries.templates_for_admin(by):
        rule = rules.get(template.pk)
        calls = (rule and rule.escalate_to) or "the template admins"
        rows.append(_row(template.name, reverse("grants:rule_template", args=[template.slug]), rule, calls))
    return tuple(rows)


def _row(name: str, url: str, rule: RequestRule | None, escalates: str) -> RuleRow:
    live, daily = (rule.live_max, rule.daily_max) if rule else (None, None)
    return RuleRow(name, url, str(live or "no limit"), str(daily or "no limit"), escalates)
