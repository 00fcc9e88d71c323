"""村里核对与线索: the village head's pages."""
