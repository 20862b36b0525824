"""One file per sub-command; a new one needs no other change."""
