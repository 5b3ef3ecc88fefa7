"""Every statement of this room. The text is the same on SQLite and PostgreSQL; the tenant stands first in each."""

from typing import Final

CODES: Final = "SELECT addressee_tag, sealed FROM code WHERE tenant = :tenant AND addressee_tag IN :addressee_tags"
CODE_OWNERS: Final = """
SELECT code_tag, addressee_tag, sealed FROM code WHERE tenant = :tenant AND code_tag IN :code_tags
"""
PUT_CODE: Final = """
INSERT INTO code (tenant, addressee_tag, code_tag, sealed, changed_at_ms)
VALUES (:tenant, :addressee_tag, :code_tag, :sealed, :now)
ON CONFLICT (tenant, addressee_tag) DO UPDATE
SET code_tag = excluded.code_tag, sealed = excluded.sealed, changed_at_ms = excluded.changed_at_ms
"""
ACQUISITIONS: Final = """
SELECT acquisition_tag, sealed FROM acquisition WHERE tenant = :tenant AND acquisition_tag IN :tags
"""
ADD_ACQUISITION: Final = """
INSERT INTO acquisition (tenant, acquisition_tag, sealed, due_ms) VALUES (:tenant, :tag, :sealed, :due_ms)
"""
ACQUISITIONS_DUE: Final = """
SELECT acquisition_tag, sealed FROM acquisition
WHERE tenant = :tenant AND due_ms IS NOT NULL ORDER BY due_ms LIMIT :limit
"""
ACQUISITIONS_SENT: Final = "UPDATE acquisition SET due_ms = NULL WHERE tenant = :tenant AND acquisition_tag IN :tags"
DROP_ACQUISITIONS: Final = "DELETE FROM acquisition WHERE tenant = :tenant AND acquisition_tag IN :tags"

REPLICAS: Final = "SELECT key_tag, sealed FROM replica WHERE tenant = :tenant AND key_tag IN :key_tags"
REPLICA_CONTENTS: Final = "SELECT key_tag, content_tag FROM replica WHERE tenant = :tenant AND key_tag IN :key_tags"
PUT_REPLICA: Final = """
INSERT INTO replica (tenant, key_tag, content_tag, sealed, changed_at_ms)
VALUES (:tenant, :key_tag, :content_tag, :sealed, :now)
ON CONFLICT (tenant, key_tag) DO UPDATE
SET content_tag = excluded.content_tag, sealed = excluded.sealed, changed_at_ms = excluded.changed_at_ms
"""
DROP_REPLICA: Final = "DELETE FROM replica WHERE tenant = :tenant AND key_tag = :key_tag"

REQUESTS: Final = """
SELECT request_tag, inquiry, content_tag FROM inquiry WHERE tenant = :tenant AND request_tag IN :request_tags
"""
LAST_INQUIRY: Final = "SELECT sequence FROM inquiry WHERE tenant = :tenant ORDER BY sequence DESC LIMIT 1"
ADD_INQUIRY: Final = """
INSERT INTO inquiry (tenant, inquiry, sequence, request_tag, content_tag, asked_at_ms, due_ms, record, job)
VALUES (:tenant, :inquiry, :sequence, :request_tag, :content_tag, :asked_at_ms, :due_ms, :record, :job)
"""
INQUIRIES: Final = """
SELECT inquiry, sequence, record, NULL, NULL, job FROM inquiry WHERE tenant = :tenant AND inquiry IN :inquiries
"""
INQUIRIES_WHOLE: Final = """
SELECT inquiry, sequence, record, receipt, content FROM inquiry WHERE tenant = :tenant AND inquiry IN :inquiries
"""
_INQUIRIES_DUE: Final = "SELECT inquiry, sequence, record FROM inquiry WHERE tenant = :tenant AND due_ms <= :now"
INQUIRIES_DUE: Final = f"{_INQUIRIES_DUE} AND job IS NULL ORDER BY due_ms LIMIT :limit"
INQUIRIES_OF_JOBS_DUE: Final = f"{_INQUIRIES_DUE} AND job IS NOT NULL ORDER BY due_ms LIMIT :limit"
INQUIRIES_AFTER: Final = """
SELECT inquiry, sequence, record FROM inquiry
WHERE tenant = :tenant AND sequence > :sequence ORDER BY sequence LIMIT :limit
"""
DECIDE_INQUIRY: Final = """
UPDATE inquiry SET record = :record, receipt = :receipt, due_ms = NULL,
                   settle_ms = CASE WHEN job IS NULL THEN NULL ELSE CAST(:settle_ms AS BIGINT) END
WHERE tenant = :tenant AND inquiry = :inquiry
"""
ANSWER_INQUIRY: Final = """
UPDATE inquiry SET record = :record, content = :content,
                   settle_ms = CASE WHEN job IS NULL THEN NULL ELSE CAST(:settle_ms AS BIGINT) END
WHERE tenant = :tenant AND inquiry = :inquiry
"""
DEFER_INQUIRY: Final = "UPDATE inquiry SET due_ms = :due_ms WHERE tenant = :tenant AND inquiry = :inquiry"

_PROVISION: Final = """
SELECT inquiry, sequence, noticed_at_ms, record, receipt, content, answer_to, answer_due_ms, report_due_ms, lapse_at_ms
FROM provision WHERE tenant = :tenant"""
PROVISIONS: Final = f"{_PROVISION} AND inquiry IN :inquiries"
HELD: Final = f"{_PROVISION} AND lapse_at_ms IS NOT NULL ORDER BY sequence"
LAPSING: Final = f"{_PROVISION} AND lapse_at_ms <= :now ORDER BY lapse_at_ms LIMIT :limit"
ANSWERS_DUE: Final = f"""{_PROVISION} AND answer_to = :answer_to AND answer_due_ms IS NOT NULL
ORDER BY answer_due_ms, sequence LIMIT :limit"""
ANSWERS_WAITING: Final = f"{_PROVISION} AND answer_due_ms IS NOT NULL ORDER BY sequence"
REPORTS_DUE: Final = f"{_PROVISION} AND report_due_ms IS NOT NULL ORDER BY report_due_ms, sequence LIMIT :limit"
LAST_PROVISION: Final = "SELECT sequence FROM provision WHERE tenant = :tenant ORDER BY sequence DESC LIMIT 1"
PROVISIONS_AFTER: Final = """
SELECT inquiry, sequence, record FROM provision
WHERE tenant = :tenant AND sequence > :sequence ORDER BY sequence LIMIT :limit
"""
ADD_PROVISION: Final = """
INSERT INTO provision (tenant, inquiry, sequence, noticed_at_ms, record, receipt, content, answer_to, answer_due_ms,
                       report_due_ms, lapse_at_ms)
VALUES (:tenant, :inquiry, :sequence, :noticed_at_ms, :record, :receipt, :content, :answer_to, :answer_due_ms,
        :report_due_ms, :lapse_at_ms)
"""
CHANGE_PROVISION: Final = """
UPDATE provision SET record = :record, content = :content, answer_to = :answer_to, answer_due_ms = :answer_due_ms,
                     report_due_ms = :report_due_ms, lapse_at_ms = :lapse_at_ms
WHERE tenant = :tenant AND inquiry = :inquiry
"""
# Only where nothing was changed meanwhile: a clerk may have decided while `held` was on its way.
ANSWER_SETTLED: Final = """
UPDATE provision SET content = NULL, answer_to = NULL, answer_due_ms = NULL
WHERE tenant = :tenant AND inquiry = :inquiry AND record = :record
"""
REPORT_SETTLED: Final = """
UPDATE provision SET report_due_ms = NULL WHERE tenant = :tenant AND inquiry = :inquiry AND record = :record
"""

NEXT_LAPSE: Final = """
SELECT lapse_at_ms FROM provision WHERE tenant = :tenant AND lapse_at_ms > :now ORDER BY lapse_at_ms LIMIT 1
"""
_NEXT_INQUIRY: Final = "SELECT due_ms FROM inquiry WHERE tenant = :tenant AND due_ms > :now"
NEXT_INQUIRY: Final = f"{_NEXT_INQUIRY} AND job IS NULL ORDER BY due_ms LIMIT 1"
NEXT_INQUIRY_OF_JOB: Final = f"{_NEXT_INQUIRY} AND job IS NOT NULL ORDER BY due_ms LIMIT 1"
