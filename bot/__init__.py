"""Sagewatch: a Slack bot that governs machine learning on AWS across many accounts."""

__version__ = "0.1.0"
