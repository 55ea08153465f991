"""Tags for the account pages."""
