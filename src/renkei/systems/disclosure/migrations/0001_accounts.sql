-- One row per card. Tags are HMACs; what they stand for is sealed or gone. No record is ever stored here.
CREATE TABLE account (
    card_tag BLOB NOT NULL PRIMARY KEY,
    acquisition_tag BLOB UNIQUE,
    state TEXT NOT NULL,
    sealed BLOB
);
