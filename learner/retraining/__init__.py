"""The scheduled job over the state, and what it tells a person."""
