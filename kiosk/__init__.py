"""The web app of a reading point: phones, touch screen, staff console."""
