-- The file of residents. Tags are HMAC-SHA-256 under this system's index key, 32 bytes; sealed columns are bound to
-- resident_tag. From a stolen disk only the number of rows may be learnt.
CREATE TABLE resident (
    resident_tag BLOB NOT NULL PRIMARY KEY, -- of 住民票コード: the resident, whatever number or card they have now
    number_tag BLOB NOT NULL UNIQUE,        -- of 個人番号
    card_tag BLOB UNIQUE,                   -- of the card's certificate; none without a card
    sealed_code BLOB NOT NULL,              -- 住民票コード alone, so that an acquisition opens nothing else
    sealed_facts BLOB NOT NULL              -- the whole entry: both numbers, four facts, card
);
