"""The province's routes, one blueprint a subject."""
