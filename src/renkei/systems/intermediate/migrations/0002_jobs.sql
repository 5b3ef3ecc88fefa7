-- Bulk jobs of line systems. In the clear stand, besides what 0001 names, only how many rows there are and in which order.

CREATE TABLE job (
    tenant      TEXT   NOT NULL,
    job         TEXT   NOT NULL,        -- random id
    request_tag BYTEA  NOT NULL,        -- the line system's own id
    content_tag BYTEA  NOT NULL,        -- tells a repeated head from another one with the same id
    created_ms  BIGINT NOT NULL,
    due_ms      BIGINT,                 -- present until the job has ended
    turn        BIGINT NOT NULL,        -- changed first in every transaction on the job, so that one waits for another
    record      BYTEA  NOT NULL,        -- head, state, counts
    PRIMARY KEY (tenant, job)
);
CREATE UNIQUE INDEX job_by_request ON job (tenant, request_tag);
CREATE INDEX job_due ON job (tenant, due_ms) WHERE due_ms IS NOT NULL;

CREATE TABLE job_chunk (
    tenant      TEXT   NOT NULL,
    job         TEXT   NOT NULL,
    first_row   BIGINT NOT NULL,
    row_count   BIGINT NOT NULL,
    content_tag BYTEA  NOT NULL,        -- tells a repeated chunk from another one at the same place
    PRIMARY KEY (tenant, job, first_row)
);

-- Rows by provider: one that is slow keeps its own rows waiting, nobody else's.
CREATE TABLE job_lane (
    tenant    TEXT   NOT NULL,
    job       TEXT   NOT NULL,
    lane      BYTEA  NOT NULL,          -- keyed tag of the provider
    waiting   BIGINT NOT NULL,
    under_way BIGINT NOT NULL,
    PRIMARY KEY (tenant, job, lane)
);

-- Rows that were not taken up yet; gone in the transaction that takes them up.
CREATE TABLE job_part (
    tenant    TEXT   NOT NULL,
    job       TEXT   NOT NULL,
    lane      BYTEA  NOT NULL,
    first_row BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    sealed    BYTEA  NOT NULL,
    PRIMARY KEY (tenant, job, lane, first_row)
);

CREATE TABLE job_outcome (
    tenant   TEXT   NOT NULL,
    job      TEXT   NOT NULL,
    sequence BIGINT NOT NULL,           -- in the order in which they came
    sealed   BYTEA  NOT NULL,
    PRIMARY KEY (tenant, job, sequence)
);

-- Replicas that a check expects; gone when it has ended.
CREATE TABLE job_expected (
    tenant  TEXT  NOT NULL,
    job     TEXT  NOT NULL,
    key_tag BYTEA NOT NULL,
    PRIMARY KEY (tenant, job, key_tag)
);

-- An inquiry of a job says so; when it has ended, `settle_ms` is there until the job has taken note of it.
ALTER TABLE inquiry ADD COLUMN job TEXT;
ALTER TABLE inquiry ADD COLUMN settle_ms BIGINT;
CREATE INDEX inquiry_settle ON inquiry (tenant, settle_ms) WHERE settle_ms IS NOT NULL;
DROP INDEX inquiry_due;
CREATE INDEX inquiry_due_single ON inquiry (tenant, due_ms) WHERE due_ms IS NOT NULL AND job IS NULL;
CREATE INDEX inquiry_due_of_job ON inquiry (tenant, due_ms) WHERE due_ms IS NOT NULL AND job IS NOT NULL;
