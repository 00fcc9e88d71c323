"""家访: recording, seeing, correcting and voiding one visit."""
