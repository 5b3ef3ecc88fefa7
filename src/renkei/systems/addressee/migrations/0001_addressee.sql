-- One body's file of persons. Tags are HMAC-SHA-256 under this system's index key, 32 bytes; sealed columns are bound
-- to addressee_tag. From a stolen disk only the number of rows may be learnt.
CREATE TABLE person (
    addressee_tag BLOB NOT NULL PRIMARY KEY, -- of 団体内統合宛名番号
    number_tag BLOB NOT NULL UNIQUE,         -- of 個人番号: one person, one addressee number
    sealed_number BLOB NOT NULL,             -- 個人番号 alone, so that an acquisition opens nothing else
    sealed_lines BLOB NOT NULL               -- the whole entry with 宛名番号 of each line system
);
