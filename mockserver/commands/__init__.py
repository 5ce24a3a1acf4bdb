"""Commands of the mock server."""
