"""What goes out beside Slack: one file a destination, and a worker that sends its rows."""
