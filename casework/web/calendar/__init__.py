"""校历: terms, holidays and days made up, year by year."""
