"""Commands of the contract tests."""
