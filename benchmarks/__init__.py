"""Ratios against a peer or a limit, measured in one run; no part of the product and never tests."""
