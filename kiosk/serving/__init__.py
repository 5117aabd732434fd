"""Serve archives: entries, kiwix-serve's own routes; no Flask, no secret, no state but caches."""
