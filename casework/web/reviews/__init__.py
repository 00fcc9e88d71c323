"""责任考核: what fell due while somebody held the post, as known at the period's end and as known now."""
