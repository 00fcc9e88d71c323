"""An independent, slow, obvious oracle of the importers and the weekly report."""
