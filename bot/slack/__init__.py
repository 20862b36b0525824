"""The Slack edge: transports, pools, poster, people."""
