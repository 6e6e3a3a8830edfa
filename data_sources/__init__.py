"""Feeds, one module each: the outside world translated to our words."""
