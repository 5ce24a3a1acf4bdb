"""Readers, one per format: a page's text into facts."""
