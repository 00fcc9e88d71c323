"""状态登记: recording, correcting and voiding a change of status, with a preview of the history."""
