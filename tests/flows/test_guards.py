"""What somebody with a role's password tries by SQL, and the database refuses."""

import psycopg
import pytest

from grants.audit import verify_chain
from grants.models import AuditEvent
from portal.privileges import WEB, WORKER
from tests.database import connect_as

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "hashtextextended('grants_audithead', 0)"
SAY = """INSERT INTO grants_auditevent (id, kind, subject, payload, db_role)
    VALUES (gen_random_uuid(), 'test.happened', 'REF', '{}', '')"""
SAY_AGAIN = """INSERT INTO grants_auditevent (id, kind, subject, payload, db_role)
    SELECT id, kind, subject, payload, '' FROM grants_auditevent ON CONFLICT DO NOTHING"""


@pytest.mark.parametrize("role", [WEB, WORKER])
@pytest.mark.parametrize(
    "lock",
    [
        f"SELECT pg_advisory_lock({KEY})",
        f"SELECT pg_advisory_lock_shared({KEY})",
        "LOCK TABLE grants_audithead IN ACCESS SHARE MODE",
    ],
    ids=["advisory", "advisory, shared", "table"],
)
def test_who_only_holds_a_lock_does_not_stop_the_audit_log(role: str, lock: str) -> None:
    with connect_as(role) as holder, connect_as(WORKER) as worker, holder.transaction():
        holder.execute(lock)
        worker.execute(SAY)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            holder.execute("LOCK TABLE grants_audithead IN SHARE UPDATE EXCLUSIVE MODE")
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_an_audit_row_that_is_not_written_leaves_no_hole_in_the_chain(role: str) -> None:
    with connect_as(role) as db:
        db.execute(SAY)
        with pytest.raises(psycopg.errors.UniqueViolation):
            db.execute(SAY_AGAIN)
        db.execute(SAY)
    assert not list(verify_chain(AuditEvent.objects.order_by("seq").iterator()))
