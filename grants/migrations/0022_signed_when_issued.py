"""A mail that was overtaken; and signatures that hold when AWS is about to be called, asked by the database too."""

from django.db import migrations, models
from django.db.models import Q

# A call that failed gives its grant back as approved, whatever the time is by then: it is asked before the next call.
GUARD = """
CREATE OR REPLACE FUNCTION daypass_check_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF daypass_open_groups(NEW.id, NEW.template_version_id, NEW.snapshot_hash,
            CASE OLD.state WHEN 'issuing' THEN '-infinity' ELSE NEW.state_at END) <> '{}' THEN
        RAISE EXCEPTION 'a grant is approved, and issued, while as many persons of every group as must sign have signed'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER grant_is_signed ON grants_grant;
CREATE TRIGGER grant_is_signed BEFORE UPDATE OF state ON grants_grant
    FOR EACH ROW WHEN (NEW.state IN ('approved', 'issuing') AND OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION daypass_check_signed();
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0021_narrowing")]
    operations = [
        migrations.AlterField(
            "outboxmail",
            "state",
            models.CharField(
                max_length=10,
                default="queued",
                choices=[
                    ("queued", "waiting for the mail server"),
                    ("sent", "accepted by the mail server"),
                    ("rejected", "refused by the mail server"),
                    ("cancelled", "overtaken: what it said was no longer so"),
                ],
            ),
        ),
        migrations.AddConstraint(
            "outboxmail",
            models.CheckConstraint(
                name="outbox_cancelled_is_wiped", condition=~Q(state="cancelled") | Q(sealed__isnull=True)
            ),
        ),
        migrations.RunSQL(GUARD, reverse_sql=migrations.RunSQL.noop),
    ]
