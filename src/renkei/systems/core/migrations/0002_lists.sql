-- Every permission list that a directory has named: version and text of its files, a ListFiles message.
CREATE TABLE permission_list (
    version TEXT NOT NULL PRIMARY KEY,
    files TEXT NOT NULL
);
