"""What leaves: items as files, figures as a page, calls for a person."""
