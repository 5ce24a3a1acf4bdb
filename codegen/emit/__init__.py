"""Renderers: a contract into the files of one installable client."""
