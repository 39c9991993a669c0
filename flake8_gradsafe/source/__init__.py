"""Files: how they are read, what they hold, where findings stand in them, and how they are written."""
