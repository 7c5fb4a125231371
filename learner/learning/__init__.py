"""From examples to extraction code."""
