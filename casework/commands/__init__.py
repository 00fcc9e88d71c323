"""One function per intent: load, authorise, decide, save. Web, CLI, importers and jobs come in here alike."""
