"""The first page after signing in (首页)."""
