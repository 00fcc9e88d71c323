"""送教上门: recording, correcting and voiding one session; who is taught at home, and how much."""
