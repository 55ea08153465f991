"""Rows become frozen values in words, so that templates hold no logic."""
