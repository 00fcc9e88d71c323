"""Would the tests notice if a rule were changed? (变异测试) Rules are changed one at a time by cosmic-ray."""
