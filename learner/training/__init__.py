"""How the shipped weights are trained and measured, on folders of recorded pages."""
