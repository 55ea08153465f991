"""Sessions of a dedicated user with a code typed by a person, links that come first, booked starts, extensions."""

import uuid
from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0019_signed_approvals"),
    ]

    operations = [
        migrations.CreateModel(
            name="MfaCode",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(null=True)),
                ("typed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("wiped_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["typed_at"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_state_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="issueattempt",
            name="attempt_minted_has_its_handle",
        ),
        migrations.RemoveIndex(
            model_name="grant",
            name="grant_live",
        ),
        migrations.AddField(
            model_name="grant",
            name="folder",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="grant",
            name="previous",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="next_ones", to="grants.grant"
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="session_of",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grants.issuer"
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="starts_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="grant",
            name="warned_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="pickuplink",
            name="claimed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="custodian_group",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AlterField(
            model_name="denial",
            name="userid",
            field=models.CharField(max_length=100),
        ),
        migrations.AlterField(
            model_name="grant",
            name="state",
            field=models.CharField(
                choices=[
                    ("requested", "requested"),
                    ("denied", "denied"),
                    ("withdrawn", "withdrawn"),
                    ("lapsed", "lapsed"),
                    ("approved", "approved"),
                    ("awaiting MFA code", "awaiting MFA code"),
                    ("offered", "offered"),
                    ("issuing", "issuing"),
                    ("issued", "issued"),
                    ("failed", "failed"),
                    ("revealed", "revealed"),
                    ("expired", "expired"),
                    ("revoked", "revoked"),
                    ("ended", "ended"),
                ],
                default="requested",
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        ["approved", "awaiting MFA code", "failed", "issued", "issuing", "offered", "revealed"],
                    )
                ),
                fields=["state", "ends_at"],
                name="grant_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="denial",
            constraint=models.UniqueConstraint(fields=("issuer", "userid"), name="denial_is_wanted_once"),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "approved",
                            "awaiting MFA code",
                            "denied",
                            "ended",
                            "expired",
                            "failed",
                            "issued",
                            "issuing",
                            "lapsed",
                            "offered",
                            "requested",
                            "revealed",
                            "revoked",
                            "withdrawn",
                        ],
                    )
                ),
                name="grant_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["issued", "issuing", "revealed"])),
                fields=("session_of",),
                name="grant_one_session_per_issuer",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "approved",
                            "awaiting MFA code",
                            "failed",
                            "issued",
                            "issuing",
                            "offered",
                            "requested",
                            "revealed",
                        ],
                    )
                ),
                fields=("previous",),
                name="grant_goes_on_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="issueattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "minted"), _negated=True),
                    models.Q(
                        ("expiration__isnull", False),
                        models.Q(("access_key_id", ""), _negated=True),
                        models.Q(("federated_id", ""), ("request_id", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="attempt_minted_has_its_handle",
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pickup_check", "none"), _negated=True),
                    models.Q(("link_seconds__lte", 3600), ("mint", "on_pickup")),
                    _connector="OR",
                ),
                name="version_unchecked_is_short",
            ),
        ),
        migrations.AddField(
            model_name="mfacode",
            name="grant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="mfa_codes", to="grants.grant"
            ),
        ),
        migrations.AddField(
            model_name="mfacode",
            name="typed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="mfacode",
            index=models.Index(
                condition=models.Q(("wiped_at__isnull", True)), fields=["expires_at"], name="mfa_code_whole"
            ),
        ),
        migrations.AddConstraint(
            model_name="mfacode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sealed__isnull", True), ("wiped_at__isnull", False)),
                    models.Q(("sealed__isnull", False), ("wiped_at__isnull", True)),
                    _connector="OR",
                ),
                name="mfa_code_is_whole_or_wiped",
            ),
        ),
        migrations.AddConstraint(
            model_name="mfacode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("wiped_at__isnull", True)), fields=("grant",), name="mfa_code_one_per_grant"
            ),
        ),
        migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop),
    ]
