"""The whole story on a laptop: AWS, Slack and a world to watch."""
