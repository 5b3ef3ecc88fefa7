-- The register of certificates: public facts only, no private key.
CREATE TABLE certificate (
    serial TEXT NOT NULL PRIMARY KEY,   -- lower-case hex without leading zeros
    key_digest BLOB NOT NULL,           -- SHA-256 of the SubjectPublicKeyInfo
    role TEXT NOT NULL,
    system TEXT NOT NULL,
    body TEXT,                          -- for line and addressee systems only
    hosts TEXT NOT NULL,                -- space between names; empty for holders without doors
    days BIGINT NOT NULL,               -- as asked; not_after_ms may be earlier
    pem TEXT NOT NULL,
    issued_at_ms BIGINT NOT NULL,
    not_after_ms BIGINT NOT NULL,
    state TEXT NOT NULL,                -- valid, revoked
    revoked_at_ms BIGINT,
    reason TEXT
);
CREATE INDEX certificate_key ON certificate (key_digest);
CREATE INDEX certificate_revoked ON certificate (revoked_at_ms, serial) WHERE state = 'revoked';
-- The newest revocation list, one row; numbers only grow (RFC 5280 §5.2.3).
CREATE TABLE revocation_list (
    number BIGINT NOT NULL PRIMARY KEY,
    made_at_ms BIGINT NOT NULL,
    der BLOB NOT NULL
);
