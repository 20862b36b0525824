"""Canned questions to the trail, a file each."""
