"""Two imports at once, from two processes: both complete, nothing twice, the read models clean."""

from pathlib import Path

from sqlalchemy import func, select

from casework.projections.roster import child
from casework.store.database import reading
from tests.importing.processes import Process, Site, children, digests, histories, prepared, uninterrupted
from tests.support.rows import visit


def together(*processes: Process) -> list[tuple[int, str]]:
    """Exit codes and what was printed, once all have ended."""
    ended = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        ended.append((process.returncode, out + err))
    return ended


def children_stored(site: Site) -> int:
    with reading(site.engine) as conn:
        return conn.scalar(select(func.count()).select_from(child)) or 0


def test_two_different_files_at_once_both_complete(database_url: str, tmp_path: Path):
    roster, acts = children(260), histories(260)
    visits = [visit("2026-09-12", row["学籍号"]) for row in roster[:220]]
    site = prepared(database_url, tmp_path, ("roster", roster))
    ended = together(
        site.start("import", "status", site.file("状态.csv", acts), "--apply"),
        site.start("import", "visits", site.file("家访.csv", visits), "--apply"),
    )
    assert [code for code, _ in ended] == [3, 0], ended
    assert site.differences() == []
    counts, figures = uninterrupted(("roster", roster), ("status", acts), ("visits", visits))
    assert site.counts() == counts
    assert digests(site.casework) == figures
    site.close()


def test_the_same_file_at_once_is_taken_once(database_url: str, tmp_path: Path):
    site = prepared(database_url, tmp_path)
    path = site.file("花名册.csv", children(1100))
    ended = together(*(site.start("import", "roster", path, "--apply") for _ in range(2)))
    assert [code for code, _ in ended] == [0, 0], ended
    assert children_stored(site) == 1100
    assert site.differences() == []
    site.close()
