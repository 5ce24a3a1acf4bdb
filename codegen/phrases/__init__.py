"""Prose into constraints: `read(statements, scope)`."""
