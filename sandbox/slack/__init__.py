"""A Slack workspace on loopback, as strict as the real one."""
