"""缓学休学 and 送教上门: the lists of who is where, what ends soon, what was taught."""
