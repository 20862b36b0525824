"""CloudWatch metrics: what was measured, and the operations that put, read and list it."""
