"""The local page on which people compare clips."""
