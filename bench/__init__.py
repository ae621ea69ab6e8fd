"""The standing benchmark: figures, never a passing or failing test. See README.md."""
