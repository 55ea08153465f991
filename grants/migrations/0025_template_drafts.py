"""Drafts and the tests of them; what a version says about who asks, and which warnings stood; retirement."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import grants.models.template

# Versions are immutable for everybody; only this filling of a new column, by the owner, may pass the trigger.
OPENED_TO = """
ALTER TABLE grants_templateversion DISABLE TRIGGER version_is_immutable;
UPDATE grants_templateversion t SET vendor_slugs = ARRAY(
    SELECT v.slug FROM grants_granttemplate_vendors o JOIN grants_vendor v ON v.id = o.vendor_id
    WHERE o.granttemplate_id = t.template_id ORDER BY v.slug);
ALTER TABLE grants_templateversion ENABLE TRIGGER version_is_immutable;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0024_queue"),
    ]

    operations = [
        migrations.CreateModel(
            name="TemplateDraft",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("edited_at", models.DateTimeField()),
                ("publication_asked_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["slug"],
            },
        ),
        migrations.CreateModel(
            name="TemplateTest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("slug", models.SlugField(max_length=60)),
                ("digest", models.CharField(db_index=True, max_length=64)),
                ("document", models.JSONField()),
                ("packed_bytes", models.PositiveIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("refusal", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["-asked_at"],
            },
        ),
        migrations.AddField(
            model_name="granttemplate",
            name="retired_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="granttemplate",
            name="retired_reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="accepted",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="confirmed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="consecutive_seconds",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="reason_hint",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="test_waived",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="vendor_slugs",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="who_asks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), default=grants.models.template.everybody_asks, size=None
            ),
        ),
        migrations.AddConstraint(
            model_name="granttemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("retired_by__isnull", True), ("retired_at__isnull", False), _connector="OR"),
                name="template_retired_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="templatedraft",
            name="editor",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="templatedraft",
            name="publication_asked_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="templatetest",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="templatetest",
            name="attempt",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="template_test",
                to="grants.issueattempt",
            ),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="test",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grants.templatetest"
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("who_asks__contained_by", ["contractors", "sponsors"]), ("who_asks__len__gte", 1)),
                name="version_is_asked_for_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("consecutive_seconds", 0), ("consecutive_seconds__gte", models.F("max_seconds")), _connector="OR"
                ),
                name="version_in_a_row_is_no_less_than_at_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True),
                    models.Q(("confirmed_by", models.F("published_by")), _negated=True),
                    _connector="OR",
                ),
                name="version_is_confirmed_by_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="templatedraft",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="draft_digest_is_sha256"
            ),
        ),
        migrations.AddConstraint(
            model_name="templatedraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("publication_asked_at__isnull", True), ("publication_asked_by__isnull", True)),
                    models.Q(("publication_asked_at__isnull", False), ("publication_asked_by__isnull", False)),
                    _connector="OR",
                ),
                name="draft_asked_at_and_by_go_together",
            ),
        ),
        migrations.AddConstraint(
            model_name="templatetest",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="test_digest_is_sha256"
            ),
        ),
        migrations.AddConstraint(
            model_name="templatetest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("attempt__isnull", True), ("refusal", "")),
                fields=("digest",),
                name="test_one_waits_per_digest",
            ),
        ),
        migrations.AddConstraint(
            model_name="templatetest",
            constraint=models.CheckConstraint(
                condition=models.Q(("refusal", ""), ("attempt__isnull", True), _connector="OR"),
                name="test_is_refused_or_called",
            ),
        ),
        migrations.RunSQL(OPENED_TO, migrations.RunSQL.noop),
    ]
