"""What each screen shows: pure functions of view data."""

VERSION = "0.1.0"
