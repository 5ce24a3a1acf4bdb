"""Commands of the command line that read, assemble and generate."""
