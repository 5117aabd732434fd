"""How things are shown: formats, pictures, fragments of archive pages."""
