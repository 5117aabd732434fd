"""Records and holdings of everything in the library, in one SQLite file that is rebuilt."""
