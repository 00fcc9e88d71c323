"""资助: what was paid to a child, corrected and reversed; the ledger of a term."""
