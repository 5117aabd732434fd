"""The staff console, `/staff/`: one file per subject; routes.py puts them together."""
