"""Pure decisions over the model: no input, no output, no clock."""
