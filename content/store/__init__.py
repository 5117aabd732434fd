"""Generations of archives on the disk: staged, checked, switched by one rename."""
