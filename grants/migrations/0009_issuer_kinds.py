"""Issuers that mint sessions and by roles; dry runs, which are for no grant."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

KEEP = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0008_issuer_identity"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="issuer",
            name="issuer_arn_is_an_iam_user",
        ),
        migrations.AddField(
            model_name="issueattempt",
            name="clock_ahead",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="issueattempt",
            name="issuer",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="dry_runs", to="grants.issuer"
            ),
        ),
        migrations.AddField(
            model_name="issuer",
            name="kind",
            field=models.CharField(
                choices=[
                    ("user", "IAM user (GetFederationToken)"),
                    ("session", "dedicated IAM user (GetSessionToken)"),
                    ("role", "role (AssumeRole)"),
                ],
                default="user",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="issuer",
            name="mfa_serial",
            field=models.CharField(blank=True, max_length=256),
        ),
        migrations.AddField(
            model_name="issuer",
            name="role_arn",
            field=models.CharField(blank=True, max_length=2048),
        ),
        migrations.AddField(
            model_name="issuer",
            name="role_id",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="denial",
            name="userid",
            field=models.CharField(max_length=100, unique=True),
        ),
        migrations.AlterField(
            model_name="issueattempt",
            name="grant",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="grants.grant"
            ),
        ),
        migrations.AlterField(
            model_name="issueattempt",
            name="purpose",
            field=models.CharField(
                choices=[("grant", "grant"), ("dry run", "dry run of a template"), ("doctor", "dry run of an issuer")],
                default="grant",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="issueattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("grant__isnull", False), ("issuer__isnull", True), ("purpose", "grant")),
                    models.Q(
                        ("grant__isnull", True),
                        ("issuer__isnull", False),
                        ("name__startswith", "dry-"),
                        ("purpose__in", ["dry run", "doctor"]),
                    ),
                    _connector="OR",
                ),
                name="attempt_is_for_a_grant_or_dry",
            ),
        ),
        migrations.AddConstraint(
            model_name="issueattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("purpose", "grant"), models.Q(("outcome", "minted"), _negated=True), _connector="OR"
                ),
                name="attempt_dry_run_keeps_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuer",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["user", "session", "role"])), name="issuer_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="issuer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("user_arn__regex", "^arn:[a-z-]+:iam::\\d{12}:user/[\\w+=,.@/-]+$"),
                    models.Q(("kind", "role"), ("user_arn__regex", "^arn:[a-z-]+:iam::\\d{12}:role/[\\w+=,.@/-]+$")),
                    _connector="OR",
                ),
                name="issuer_arn_is_who_mints",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "role"),
                    (
                        "user_arn__startswith",
                        django.db.models.functions.text.Concat(
                            models.Value("arn:"),
                            models.F("partition"),
                            models.Value(":iam::"),
                            models.F("account_id"),
                            models.Value(":"),
                        ),
                    ),
                    _connector="OR",
                ),
                name="issuer_user_is_of_its_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("kind", "role"), _negated=True), ("role_arn", ""), ("role_id", "")),
                    models.Q(
                        ("kind", "role"),
                        ("role_arn__regex", "^arn:[a-z-]+:iam::\\d{12}:role/[\\w+=,.@/-]+$"),
                        (
                            "role_arn__startswith",
                            django.db.models.functions.text.Concat(
                                models.Value("arn:"),
                                models.F("partition"),
                                models.Value(":iam::"),
                                models.F("account_id"),
                                models.Value(":"),
                            ),
                        ),
                        ("role_id__regex", "^AROA[A-Z0-9]{12,60}$"),
                    ),
                    _connector="OR",
                ),
                name="issuer_role_is_named_in_full",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuer",
            constraint=models.CheckConstraint(
                condition=models.Q(("mfa_serial", ""), ("kind", "session"), _connector="OR"),
                name="issuer_mfa_is_of_a_session",
            ),
        ),
        migrations.RunSQL(KEEP, reverse_sql=migrations.RunSQL.noop),
    ]
