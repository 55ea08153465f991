"""Contractor access grants: asked for, approved, minted, delivered once, ended, and provable afterwards."""
