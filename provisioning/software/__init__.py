"""Another version of this software, put in place by root, and taken back when it is not well."""
