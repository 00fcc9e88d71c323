"""Units and who holds their posts: 单位与任职."""
