"""What people and other tools bring: examples, exports, recorded pages."""
