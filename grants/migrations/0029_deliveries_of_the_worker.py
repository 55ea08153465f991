"""The mail worker signs what it says itself: the web role queues a test and nothing else, and says no word of it."""

from django.db import migrations, models
from django.db.models import Q

# The worker's half of a row is empty when the web process makes it; the trigger's argument says what empty is.
# search_path: a table of the same name in pg_temp would answer instead.
GUARD = """
UPDATE grants_webhookdelivery SET body = '' WHERE seq IS NULL;
CREATE FUNCTION daypass_leave_to_the_worker() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF session_user = 'daypass_web' AND NOT to_jsonb(NEW) @> TG_ARGV[0]::jsonb THEN
        RAISE EXCEPTION 'this half of % is the worker''s to write', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_is_the_workers BEFORE INSERT ON grants_webhookdelivery
    FOR EACH ROW EXECUTE FUNCTION daypass_leave_to_the_worker(
        '{"seq": null, "state": "queued", "tries": 0, "sent_at": null, "answer": null, "last_error": ""}');
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0028_narrowing_in_full")]
    operations = [
        migrations.RunSQL(GUARD, reverse_sql=migrations.RunSQL.noop),
        migrations.AddConstraint(
            "webhookdelivery",
            models.CheckConstraint(
                name="delivery_tells_of_a_row_or_is_a_test",
                condition=Q(seq=None, event="webhook.test", body="")
                | (Q(seq__isnull=False, event__startswith="grant.") & ~Q(body="")),
            ),
        ),
    ]
