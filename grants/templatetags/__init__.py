"""What templates may ask: times in words, fields in our dress, the navigation of a role."""
