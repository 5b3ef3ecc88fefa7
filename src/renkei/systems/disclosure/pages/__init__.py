"""What a citizen sees: the list of records, one record with its proof, the files to check it elsewhere."""
