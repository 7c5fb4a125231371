"""Learned code beside a spider with callbacks of its own."""
