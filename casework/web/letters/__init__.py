"""Letters and their service (文书与送达): issued, printed, served, registered."""
