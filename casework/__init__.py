"""控辍保学 casework: keeping every child of a county in school."""
