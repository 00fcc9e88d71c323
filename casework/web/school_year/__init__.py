"""学年: promotion, the roll call of each term, children a full roster did not name."""
