"""The roster of children: who they are, and where they were when, as known when (花名册).

Not a projection of events but a source of truth of its own, for it may hold ten million pupils:
written only under an act, backed up, not rebuilt. `roster_entry` holds the recorded field changes,
`roster_span` the stretches composed from them; their sums are kept in `pupil_ledger`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)

from casework.domain.places import Place
from casework.domain.roster import ENROLLED, FIELDS, RosterEntry, RosterSpan
from casework.domain.values import FOREVER, OPEN, Day
from casework.projections.bitemporal import Bitemporal, Row
from casework.projections.child_counties import change_elsewhere, home_of
from casework.projections.pupil_ledger import PupilPlace, change_pupils
from casework.store.chain import RosterLine
from casework.store.schema import metadata

_CODE, _DAY, _WORD = String(40), String(10), String(40)


def _by_bytes(length: int | None = None) -> String:
    """Text compared byte by byte on PostgreSQL too, so that its index finds beginnings of names."""
    kind = String if length else Text
    return kind(length).with_variant(kind(length, collation="C"), "postgresql")


child = Table(
    "child",
    metadata,
    Column("child_id", String(32), primary_key=True),
    Column("county", _CODE, nullable=False),
    Column("student_no", String(40), nullable=False),
    Column("name", _by_bytes(), nullable=False),
    Column("pinyin", _by_bytes(100), nullable=False),
    Column("initials", _by_bytes(40), nullable=False),
    Column("sex", String(10), nullable=False),
    Column("ethnicity", String(40), nullable=False),
    Column("birth", _DAY, nullable=False),
    Column("cert_type", String(40), nullable=False),
    Column("cert_mask", String(40), nullable=False),
    Column("phone_mask", String(40), nullable=False),
    Column("guardian", Text, nullable=False),
    Column("guardian_relation", String(40), nullable=False),
    Column("private", LargeBinary, nullable=True),
    Column("person_mark", String(64), nullable=False),
    Column("changed_by", Integer, nullable=False),
    Index(None, "birth", "name"),
    # The county first: a search walks the names of its own children, not of a whole province.
    Index(None, "county", "name"),
    Index(None, "county", "pinyin"),
    Index(None, "county", "initials"),
    comment="Who a child is and which county's; numbers, phones and addresses are sealed in `private`",
)

roster_entry = Table(
    "roster_entry",
    metadata,
    Column("child_id", String(32), nullable=False),
    Column("no", BigInteger, nullable=False),
    Column("changed_on", _DAY, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("source", Integer, nullable=False),
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    PrimaryKeyConstraint("child_id", "no", "changed_on", "source", "known_from"),
    comment="Field changes from a day on; source: the case entry behind it, 0 for a roster",
)

_PLACE = ("county", "township", "village", "school", "stage", "grade", "klass", "enrolment", "groups")
_OTHER = ("residence", "registration", "boarding", "hardship", "helper", "outside_school", "outside_place")

roster_span = Table(
    "roster_span",
    metadata,
    Column("child_id", String(32), nullable=False),
    Column("valid_from", _DAY, nullable=False),
    Column("valid_to", _DAY, nullable=False),
    *(Column(name, Text, nullable=False) for name in (*_PLACE, *_OTHER)),
    Column("cohort", Integer, nullable=False),
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    PrimaryKeyConstraint("child_id", "valid_from", "known_from"),
    Index(None, "school", "grade", "klass"),
    Index(None, "residence"),
    Index(None, "registration"),
)

# Most children have no 帮扶责任人: only those who have one are in this index.
HELPED = roster_span.c.helper != literal_column("''")
"""Written so that a query shows it means the index."""

Index("ix_roster_span_helper", roster_span.c.helper, sqlite_where=HELPED, postgresql_where=HELPED)

ROSTER_SPANS = Bitemporal(roster_span, "child_id", ("valid_from",))
_COHORT_AT = ROSTER_SPANS.values.index("cohort")
_PLACE_AT = {name: ROSTER_SPANS.values.index(name) for name in _PLACE}


def span_row(span: RosterSpan, cohort: int) -> Row:
    """A stretch as the table's value columns; `cohort` follows from the day of birth as known then."""
    place = span.place
    texts = (
        place.county,
        place.township,
        place.village,
        place.school,
        place.stage,
        place.grade,
        place.klass,
        place.enrolment,
        "、".join(place.groups),
    )
    return (span.valid_from, span.valid_to, *texts, *(span.values[name] for name in _OTHER), cohort)


def place_of_row(row: Row) -> Place:
    """The place a row of the table holds."""
    values = {name: row[at] for name, at in _PLACE_AT.items()}
    groups = values.pop("groups")
    return Place(on=row[0], **values, groups=tuple(groups.split("、")) if groups else ())


def places_of_spans(spans: Sequence[RosterSpan]) -> list[Place]:
    """The places a case copies: one a stretch, neighbours that differ only elsewhere joined."""
    places: list[Place] = []
    for span in spans:
        place = span.place._replace(on=span.valid_from)
        if not places or places[-1][1:] != place[1:]:
            places.append(place)
    return places


def entries_of(conn: Connection, children: Iterable[str]) -> dict[str, list[RosterEntry]]:
    """Child → its live entries."""
    wanted = list(children)
    found: dict[str, list[RosterEntry]] = {each: [] for each in wanted}
    c = roster_entry.c
    for start in range(0, len(wanted), 500):
        query = select(c.child_id, c.no, c.changed_on, c.fields, c.source).where(
            c.child_id.in_(wanted[start : start + 500]), c.known_to == OPEN
        )
        for child_id, no, on, fields, source in conn.execute(query):
            found[child_id].append(RosterEntry(no, on, fields, source))
    return found


def change_entries(
    conn: Connection,
    act: int,
    gone: Iterable[tuple[str, RosterEntry]],
    new: Iterable[tuple[str, RosterEntry]],
) -> None:
    """Closes and adds entries of children."""
    c = roster_entry.c
    for child_id, entry in gone:
        conn.execute(
            update(roster_entry)
            .where(
                c.child_id == child_id,
                c.no == entry.no,
                c.changed_on == entry.on,
                c.source == entry.source,
                c.known_to == OPEN,
            )
            .values(known_to=act)
        )
    rows = [
        {
            "child_id": child_id,
            "no": entry.no,
            "changed_on": entry.on,
            "fields": dict(entry.values),
            "source": entry.source,
            "known_from": act,
            "known_to": OPEN,
        }
        for child_id, entry in new
    ]
    if rows:
        conn.execute(insert(roster_entry), rows)


def line_of(changed: tuple[str, RosterEntry]) -> RosterLine:
    """A child's entry as the chain of acts covers it."""
    child_id, entry = changed
    return child_id, entry.no, entry.on, entry.values, entry.source


def change_spans(
    conn: Connection, act: int, spans: Mapping[str, Sequence[RosterSpan]], cohorts: Mapping[str, int]
) -> None:
    """Writes children's stretches as they now follow, and what that changes in ledger and counties.

    Who has no stretch yet is written into `child` with its county by whoever adds it.
    """
    before = ROSTER_SPANS.known_now(conn, spans)
    after = {
        child_id: {span_row(span, cohorts[child_id]) for span in each} for child_id, each in spans.items()
    }
    ROSTER_SPANS.change(conn, act, before, after)
    change_elsewhere(conn, before, after)
    _change_homes(conn, before, after)
    pupils: Counter[tuple[PupilPlace, Day]] = Counter()
    children: Counter[tuple[PupilPlace, Day]] = Counter()
    for child_id, rows in after.items():
        for row in before[child_id] - rows:
            _count(pupils, children, row, -1)
        for row in rows - before[child_id]:
            _count(pupils, children, row, 1)
    change_pupils(conn, act, {key: (pupils[key], children[key]) for key in children})


def _change_homes(conn: Connection, before: Mapping[str, set[Row]], after: Mapping[str, set[Row]]) -> None:
    moved = [
        {"moved": child_id, "home": home_of(rows)}
        for child_id, rows in after.items()
        if before[child_id] and home_of(rows) != home_of(before[child_id])
    ]
    if moved:
        conn.execute(_MOVE, moved)


_MOVE = update(child).where(child.c.child_id == bindparam("moved")).values(county=bindparam("home"))


def _count(
    pupils: "Counter[tuple[PupilPlace, Day]]",
    children: "Counter[tuple[PupilPlace, Day]]",
    row: Row,
    sign: int,
) -> None:
    at = _PLACE_AT
    where = (row[at["county"]], row[at["township"]], row[at["school"]], row[at["stage"]])
    place = PupilPlace(*where, row[_COHORT_AT])
    pupil = row[at["enrolment"]] == ENROLLED and row[at["school"]] != ""
    for day, change in ((row[0], sign), (row[1], -sign)):
        if day != FOREVER:
            children[place, day] += change
            pupils[place, day] += change * pupil


assert set(FIELDS) == {"enrolment", "school", "stage", "grade", "klass", "groups", *_OTHER}
