"""责任链: the pages of each role of the chain (六长 …), by unit, person and child, as of any day."""
