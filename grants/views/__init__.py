"""Thin: the shape of what was sent, one flow, its answer."""
