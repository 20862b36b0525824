"""What comes in unasked: the poll, and later the queue."""
