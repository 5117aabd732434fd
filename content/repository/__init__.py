"""A signed repository as a reading point sees it: trusted by signature, whoever carries it."""
