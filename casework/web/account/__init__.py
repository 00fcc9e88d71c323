"""My own account: posts, devices, password, second step (我的账号)."""
