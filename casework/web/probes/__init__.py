"""Questions of machines, not of people: is it alive, can it work, how is it doing (探针与指标)."""
