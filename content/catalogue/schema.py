"""The catalogue's tables. They are derived from the archives: a new version is built, not migrated.

`field` holds one row per value a record can be browsed by; `plain` is the folded value, by which
spellings are compared. Sort keys are bytes in Vietnamese order (content/vietnamese.py).
"""

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  identifier TEXT NOT NULL UNIQUE,
  book TEXT NOT NULL,
  form TEXT NOT NULL,
  collection TEXT NOT NULL,
  audience TEXT NOT NULL,
  added TEXT NOT NULL,
  title_key BLOB NOT NULL,
  creator_key BLOB NOT NULL,
  summary TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE TABLE field (
  name TEXT NOT NULL,
  plain TEXT NOT NULL,
  value TEXT NOT NULL,
  record INTEGER NOT NULL REFERENCES record (id)
);
CREATE TABLE holding (
  identifier TEXT NOT NULL,
  archive TEXT NOT NULL,
  place TEXT NOT NULL,
  shelf_mark TEXT NOT NULL,
  copies INTEGER NOT NULL
);
"""

# Made after the rows are in: building an index once is cheaper than keeping it.
INDEXES = """
CREATE INDEX record_title ON record (title_key, id);
CREATE INDEX record_new ON record (added DESC, id);
CREATE INDEX field_value ON field (name, plain, record);
CREATE INDEX field_record ON field (record);
CREATE INDEX holding_identifier ON holding (identifier);
"""
