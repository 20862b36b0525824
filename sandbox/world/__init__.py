"""The accounts, models, monitors and people of the demo."""
