"""The command line of reelspec."""
