"""CloudTrail of the sandbox: each account's event history, and log files as they are delivered."""
