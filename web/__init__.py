"""The HTTP edge: Dash on FastAPI, /api/v1, the stream, security headers, health."""
