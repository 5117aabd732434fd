"""What the web floor reads: the current generation as one library, and how it is rebuilt."""
