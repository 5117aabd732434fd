"""Find works and places inside them, as Vietnamese readers type."""
