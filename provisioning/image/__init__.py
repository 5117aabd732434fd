"""Images: a whole disk or card that starts as a reading point."""
