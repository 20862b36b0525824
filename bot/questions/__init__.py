"""Question files: read, typed and checked whole at the start; a damaged one is named and the others live."""
