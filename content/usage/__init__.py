"""Count what is read without knowing who reads."""
