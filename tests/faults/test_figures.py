"""What a run of killed servers tells at its end."""

from tests.faults.figures import Figures, summed


def test_figures_of_many_tests_are_added_up_for_each_database():
    one = Figures("SQLite", 10, 300, 50, 7, 4, 1, 12, [1.0, 3.0], [2.0, 5.0], [2])
    two = Figures("SQLite", 1, 20, 5, 0, 0, 0, 2, [2.0], [9.0], [1])
    other = Figures("PostgreSQL", 1, 9, 1, 0, 0, 0, 0, [4.0], [6.0], [8])
    sqlite, postgresql = summed([one.noted(), other.noted(), ("something else", 7), two.noted()])
    assert (sqlite.kills, sqlite.acknowledged, sqlite.imports_hit, sqlite.imports_done) == (11, 320, 4, 14)
    said = "\n".join(sqlite.lines())
    assert "SQLite: 11 kills in 2 runs, 320 writes told to be saved, 55 requests broken, 7 given up" in said
    assert "median 2.0 s" in said and "longest 9.0 s" in said and "seeds: 1 2" in said
    assert postgresql == other
    assert "first answer: 4.0 s" in "\n".join(postgresql.lines())
