"""The one door to root: a closed list of verbs, its server and its client."""
