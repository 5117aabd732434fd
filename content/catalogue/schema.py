"""The catalogue's tables. They are derived from the archives: a new version is built, not migrated.

`field` holds one row per value a record can be browsed by; `plain` is the folded value, by which
spellings are compared. Sort keys are bytes in Vietnamese order (content/vietnamese.py). `record` is
the whole record as JSON, packed with zlib: a book of 300 scanned pages is 100 kB of paths that are
all alike, and the file is copied at every change. `facet` keeps ready which records have the
commonest values, see content/catalogue/facets.py.
"""

SCHEMA_VERSION = 2

SCHEMA = """
CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  identifier TEXT NOT NULL UNIQUE,
  book TEXT NOT NULL,
  added TEXT NOT NULL,
  title_key BLOB NOT NULL,
  creator_key BLOB NOT NULL,
  summary TEXT NOT NULL,
  record BLOB NOT NULL
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
CREATE TABLE facet (
  name TEXT NOT NULL,
  plain TEXT NOT NULL,
  value TEXT NOT NULL,
  works INTEGER NOT NULL,
  numbers BLOB NOT NULL,
  PRIMARY KEY (name, plain)
);
"""

# Made after the rows are in: building an index once is cheaper than keeping it.
INDEXES = """
CREATE INDEX IF NOT EXISTS record_title ON record (title_key, id);
CREATE INDEX IF NOT EXISTS record_new ON record (added DESC, id);
CREATE INDEX IF NOT EXISTS record_book ON record (book);
CREATE INDEX IF NOT EXISTS field_value ON field (name, plain, record);
CREATE INDEX IF NOT EXISTS field_record ON field (record);
CREATE INDEX IF NOT EXISTS holding_identifier ON holding (identifier);
CREATE INDEX IF NOT EXISTS holding_archive ON holding (archive);
"""
