"""The shape of what people send; meaning is checked by the flows."""
