"""Indexes that repeat another, or that nobody reads, are not written with every move; what few rows have, for those."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import grants.lifecycle
import grants.values


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0043_lighter_guards"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_one_session_per_issuer",
        ),
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_goes_on_once",
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="subject",
            field=models.CharField(max_length=60),
        ),
        migrations.AlterField(
            model_name="auditpersonal",
            name="event",
            field=models.UUIDField(),
        ),
        migrations.AlterField(
            model_name="grant",
            name="previous",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="next_ones",
                to="grants.grant",
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="recipient",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="received_grants",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="reference",
            field=models.CharField(default=grants.values.new_reference, max_length=10),
        ),
        migrations.AlterField(
            model_name="grant",
            name="requester",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requested_grants",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="revoke_requested_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="session_of",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grants.issuer",
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="window",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="grants",
                to="grants.window",
            ),
        ),
        migrations.AlterField(
            model_name="issueattempt",
            name="access_key_id",
            field=models.CharField(blank=True, max_length=128),
        ),
        migrations.AlterField(
            model_name="issueattempt",
            name="federated_id",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="issueattempt",
            name="grant",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attempts",
                to="grants.grant",
            ),
        ),
        migrations.AlterField(
            model_name="issueattempt",
            name="issuer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dry_runs",
                to="grants.issuer",
            ),
        ),
        migrations.AlterField(
            model_name="issueattempt",
            name="name",
            field=models.CharField(max_length=32),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["subject"], name="audit_subject"),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("previous__isnull", False)), fields=["previous"], name="grant_previous"
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("session_of__isnull", False)), fields=["session_of"], name="grant_session_of"
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(condition=models.Q(("window__isnull", False)), fields=["window"], name="grant_window"),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("state", "requested")),
                fields=["reference"],
                name="grant_begins_with",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="issueattempt",
            index=models.Index(fields=["access_key_id"], name="attempt_access_key_id"),
        ),
        migrations.AddIndex(
            model_name="issueattempt",
            index=models.Index(fields=["federated_id"], name="attempt_federated_id"),
        ),
        migrations.AddIndex(
            model_name="issueattempt",
            index=models.Index(
                condition=models.Q(("issuer__isnull", False)), fields=["issuer"], name="attempt_dry_run"
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(fields=("reference",), name="grant_reference_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("session_of__isnull", False),
                    (
                        "state__in",
                        [
                            grants.lifecycle.State["ISSUED"],
                            grants.lifecycle.State["ISSUING"],
                            grants.lifecycle.State["REVEALED"],
                        ],
                    ),
                ),
                fields=("session_of",),
                name="grant_one_session_per_issuer",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("previous__isnull", False),
                    (
                        "state__in",
                        [
                            grants.lifecycle.State["APPROVED"],
                            grants.lifecycle.State["AWAITING_CODE"],
                            grants.lifecycle.State["FAILED"],
                            grants.lifecycle.State["ISSUED"],
                            grants.lifecycle.State["ISSUING"],
                            grants.lifecycle.State["OFFERED"],
                            grants.lifecycle.State["REQUESTED"],
                            grants.lifecycle.State["REVEALED"],
                        ],
                    ),
                ),
                fields=("previous",),
                name="grant_goes_on_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="issueattempt",
            constraint=models.UniqueConstraint(fields=("name",), name="attempt_name_is_unique"),
        ),
    ]
