"""The Debian package of a reading point: one per architecture, whole, with everything it needs."""
