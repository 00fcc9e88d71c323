"""The people of the units below, and their accounts (人员与账号)."""
