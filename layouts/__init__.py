"""What each screen shows: pure functions of view data."""
