"""Bring a reading point's library to what the province publishes."""
