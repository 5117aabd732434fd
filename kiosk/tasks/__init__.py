"""Long work that staff start on the console, done beside the app, one at a time."""
