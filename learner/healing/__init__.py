"""From pages of a new design, without labels, to new extraction code."""
