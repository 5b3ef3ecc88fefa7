-- Where the record of an inquiry is. A view here; a table of its own where the record file is in partitions.
CREATE VIEW record_key AS SELECT inquiry, sequence FROM record;
