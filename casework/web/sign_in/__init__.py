"""Signing in and out (登录与退出)."""
