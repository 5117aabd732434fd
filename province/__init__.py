"""The provincial server: publisher, catalogue, fleet, statistics."""
