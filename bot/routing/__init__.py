"""The routes' file: what may stand in it, where a mistake is, and what of it is in force."""
