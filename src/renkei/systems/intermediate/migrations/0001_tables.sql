-- What several bodies keep on one server. Every key begins with the tenant, and in the clear stand only the tenant, times,
-- random ids and keyed tags (HMAC-SHA-256 under the tenant's own index key): from a stolen disk nobody learns more than
-- body and time (design 8, 10). `sealed`, `record`, `receipt`, `content` are sealed under the tenant's own column key,
-- bound to table, column and row. Times are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE code (
    tenant        TEXT   NOT NULL,
    addressee_tag BYTEA  NOT NULL,
    code_tag      BYTEA,                -- absent until the code is there
    sealed        BYTEA  NOT NULL,      -- addressee number, state, code or problem
    changed_at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant, addressee_tag)
);
CREATE UNIQUE INDEX code_by_code ON code (tenant, code_tag);

-- 取得番号: the row lives no longer than the acquisition (法21条の2第3項).
CREATE TABLE acquisition (
    tenant          TEXT   NOT NULL,
    acquisition_tag BYTEA  NOT NULL,
    sealed          BYTEA  NOT NULL,    -- acquisition number, addressee number
    due_ms          BIGINT,             -- when to ask the addressee system; absent once it has taken it
    PRIMARY KEY (tenant, acquisition_tag)
);
CREATE INDEX acquisition_due ON acquisition (tenant, due_ms) WHERE due_ms IS NOT NULL;

CREATE TABLE replica (
    tenant        TEXT   NOT NULL,
    key_tag       BYTEA  NOT NULL,      -- addressee number, kind, period
    content_tag   BYTEA  NOT NULL,      -- tells a repeated registration from a change
    sealed        BYTEA  NOT NULL,
    changed_at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant, key_tag)
);

-- The body's records as inquirer (法23条1項). A row that is due is at the same time the outbox entry to the core.
CREATE TABLE inquiry (
    tenant      TEXT   NOT NULL,
    inquiry     TEXT   NOT NULL,        -- random id
    sequence    BIGINT NOT NULL,
    request_tag BYTEA  NOT NULL,        -- the line system's own id
    content_tag BYTEA  NOT NULL,        -- tells a repeated request from another one with the same id
    asked_at_ms BIGINT NOT NULL,
    due_ms      BIGINT,                 -- when to send it to the core; absent once decided
    record      BYTEA  NOT NULL,
    receipt     BYTEA,                  -- permit or refusal
    content     BYTEA,                  -- what was provided
    PRIMARY KEY (tenant, inquiry)
);
CREATE UNIQUE INDEX inquiry_by_request ON inquiry (tenant, request_tag);
CREATE UNIQUE INDEX inquiry_by_sequence ON inquiry (tenant, sequence);
CREATE INDEX inquiry_due ON inquiry (tenant, due_ms) WHERE due_ms IS NOT NULL;

-- The body's records as provider (法23条1項), and what is still to be sent to the inquirer and to the core.
CREATE TABLE provision (
    tenant        TEXT   NOT NULL,
    inquiry       TEXT   NOT NULL,
    sequence      BIGINT NOT NULL,
    noticed_at_ms BIGINT NOT NULL,
    record        BYTEA  NOT NULL,
    receipt       BYTEA  NOT NULL,
    content       BYTEA,                -- only until the inquirer has it
    answer_to     BYTEA,                -- groups what is due to one inquirer; absent when nothing is due
    answer_due_ms BIGINT,
    report_due_ms BIGINT,
    lapse_at_ms   BIGINT,               -- while a clerk has to decide: when the notice loses its force (命令41条3項)
    PRIMARY KEY (tenant, inquiry)
);
CREATE UNIQUE INDEX provision_by_sequence ON provision (tenant, sequence);
CREATE INDEX provision_answer ON provision (tenant, answer_to, answer_due_ms) WHERE answer_due_ms IS NOT NULL;
CREATE INDEX provision_report ON provision (tenant, report_due_ms) WHERE report_due_ms IS NOT NULL;
CREATE INDEX provision_lapse ON provision (tenant, lapse_at_ms) WHERE lapse_at_ms IS NOT NULL;
