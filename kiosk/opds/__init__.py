"""Feeds of works for reading apps: what a feed says, and the two ways to write it."""
