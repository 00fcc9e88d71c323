"""One child's file (个案页)."""
