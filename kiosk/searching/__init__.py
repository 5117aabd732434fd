"""Search and suggestions in a process of their own: it may be slow, or die, alone."""
