"""Acts of people as the oracle is told them: what was done, by whom, when, in the words of the workbooks.

A `Deed` is one act that was accepted. Only accepted ones are told, and the oracle asks of each whether the
contracts allow it: `Forbidden` (or a `Misfit` of the history) is a fault of whoever accepted it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from tests.oracle import deed_duties, deed_year, world
from tests.oracle.deed import Deed, Forbidden, Moved, Mover
from tests.oracle.duty_calendar import DAY
from tests.oracle.duty_county import DutyCounty, Posting, Proposal, Told, Voided
from tests.oracle.judge import FIELDS, Child, Slot
from tests.oracle.moves import Entry, walk
from tests.oracle.rows import BUSINESS_DAY
from tests.oracle.story import place_of
from tests.oracle.world import Import, Row, cell, day

BY_TWO = ("销号", "缓学", "休学")
TRANSFERS = ("转出", "转入接收", "转入拒收", "转出撤回")
TERMS = {world.SCHOOL_LETTER: "7", world.ORDER_LETTER: "7"}
"""限期天数 of domain.md §2; the others set no term."""
TOLD_KINDS = ("checks", "reports", "decisions")
ELSEWHERE = {
    ("excuses", "given"): deed_duties.excuse,
    ("excuses", "taken back"): deed_duties.demand,
    ("unit duties", "completed"): deed_duties.complete,
    ("unit duties", "corrected"): deed_duties.complete,
    ("unit duties", "voided"): deed_duties.uncomplete,
    ("unit duties", "excused"): deed_duties.excuse_unit,
    ("unit duties", "demanded"): deed_duties.demand_unit,
    ("school year", "begun"): deed_year.begin,
    ("school year", "went on"): deed_year.go_on,
    ("leads", "given"): deed_year.lead,
    ("leads", "leaver"): deed_year.leaver,
    ("transfers", "accepted"): deed_year.accept,
    ("leads", "new child"): deed_year.new_child,
    ("moves", "agreed"): deed_year.move,
}


class ActCounty(DutyCounty):
    """A county to which workbooks were given and people's acts told."""

    CHILD = Mover

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[tuple[str, str, int], int] = {}
        self.asked_for: dict[tuple[str, int], Proposal] = {}
        self.settling: set[str] = set()
        self.papers: dict[tuple[str, int], Row] = {}
        self.ended: dict[str, dict[tuple[str, ...], Posting]] = {}
        self.excused: dict[tuple[str, str], tuple[str, str, str]] = {}

    def tell(self, told: Import | Deed) -> None:
        """One workbook, every row of which was taken, or one act."""
        if isinstance(told, Import) and told.kind == "roster" and self.children:
            self.at = told.at
            for row in told.rows:
                self._later_row(row)
            return
        if isinstance(told, Import):
            refused = [verdict for verdict in self.take(told) if verdict.what == "refused"]
            if refused:
                raise Forbidden(f"{told.kind}: {refused}")
            return
        self.at = told.at
        if own := getattr(self, f"_{told.kind}_{told.verb}".replace(" ", "_"), None):
            own(told)
        elif elsewhere := ELSEWHERE.get((told.kind, told.verb)):
            elsewhere(self, told)
        else:
            self.record(told)

    def movers(self) -> list[Mover]:
        """Every child of the county."""
        return [child for child in self.children.values() if isinstance(child, Mover)]

    def child_named(self, name: str) -> Mover:
        """The one child of this name."""
        child = super().child_named(name)
        assert isinstance(child, Mover)
        return child

    # ---- mergers: "the children are the successor's from that day" -----------------------------------

    def standing(self, code: str, on: date) -> str:
        """The school itself, or the one that took it over by that day."""
        while code in self.units and self.units[code].successor and self.units[code].closes <= on:
            code = self.units[code].successor
        return code

    def days_of_change(self, child: Child) -> list[date]:
        """The days of the child's own changes, and those on which any school was merged."""
        mergers = {unit.closes for unit in self.units.values() if unit.successor}
        return sorted({*child.days_of_change(), *mergers})

    # ---- facts of a child ----------------------------------------------------------------------------------

    def today(self) -> date:
        """The business day of the act being told."""
        return self.at.astimezone(world.SHANGHAI).date()

    def next_no(self) -> int:
        """The order in which things were first recorded."""
        return self._next_no()

    def add_pupil(self, row: Row) -> None:
        """A child that was on no roster."""
        verdict = self._take_pupil(row, self.today())
        if verdict.what != "created":
            raise Forbidden(f"{row}: {verdict}")

    def _later_row(self, row: Row) -> None:
        """A row of a later roster that says what changed and nothing else."""
        given = {name: cell(row, header) for header, name in FIELDS.items()}
        self._changed_pupil(self.child_named(row["姓名"]), given, day(row["变动日期"]))

    def status(self, child: Child) -> str | None:
        """The status after every entry known."""
        return child.steps[-1].after if child.steps else None

    def entry(self, kind: str, child: Child, no: int) -> Entry | None:
        """The fact of that number, if it stands."""
        slot = self.books.get(kind, {}).get((child.id, str(no)))
        return slot.live if slot else None

    def record(self, deed: Deed) -> None:
        """A fact of a ledger recorded, corrected or voided."""
        child = self.child_named(deed.child)
        if deed.kind == "status" and deed.verb != "voided":
            self._check_status(deed, child)
        self._write(deed, child, deed.cells)

    def _write(self, deed: Deed, child: Mover, cells: Row) -> Entry | None:
        """Recorded, corrected or voided; the entry that now stands."""
        slot = self.books.setdefault(deed.kind, {}).setdefault((child.id, str(deed.no)), Slot())
        if (slot.live is None) != (deed.verb == "recorded"):
            raise Forbidden(f"{deed}: {slot.live}")
        if deed.verb == "voided":
            slot.live = None
        else:
            no = slot.live.no if slot.live else self._next_no()
            slot.live = Entry(no, child.id, self._day_of(deed, child, cells), cells)
        if deed.kind == "status":
            self._judge(child)
        if deed.kind in TOLD_KINDS:
            self.acts[deed.kind] = [Told(e.child, e.on, self.told[e.no]) for e in self.live(deed.kind)]
        return slot.live

    def _day_of(self, deed: Deed, child: Child, cells: Row) -> date:
        """ "A fact dated in the future, before birth … is refused"."""
        on = day(cells[BUSINESS_DAY.get(deed.kind, "日期")])
        if on > self.today() or on < child.born or not child.has_place(on):
            raise Forbidden(f"{deed}: on {on}")
        return on

    def _check_status(self, deed: Deed, child: Child) -> None:
        word, held = deed.cells["变化"], self.entry("status", child, deed.no)
        old = held.word if held else ""
        if {word, old} & set(BY_TWO) or (old and {word, old} & set(TRANSFERS)):
            raise Forbidden(f"{deed}: by one person")

    def _judge(self, child: Mover) -> None:
        """The whole history again, and the moves that follow from it."""
        mine = [entry for entry in self.live("status") if entry.child == child.id]
        child.set_steps(walk(mine))
        moving = {e.no: e for e in mine if e.get("接收学校代码") and e.word in ("转入接收", "复学")}
        for source in [source for source in child.moved if source > 0 and source not in moving]:
            child.put(source, None)
        for source, entry in moving.items():
            held, school = child.moved.get(source), entry.get("接收学校代码")
            if held is None or (held.on, held.school) != (entry.on, school):
                child.put(source, None)
                child.put(source, self._moved(child, entry, held))

    def _moved(self, child: Mover, entry: Entry, held: Moved | None) -> Moved:
        """ "the child sits in that school from that day"; its class there is not known unless it is said."""
        school = entry.get("接收学校代码")
        values = {"enrolment": "在籍在校", "school": school}
        if child.value("school", entry.on) != school:
            values["class"] = ""
        room = {"class": entry.get("班级"), "grade": entry.get("年级")}
        if held:
            kept = {name: held.values[name] for name in room if name in held.values}
            return Moved(entry.on, held.no, values | (kept if held.school == school else {}))
        return Moved(entry.on, self._next_no(), values | {k: v for k, v in room.items() if v})

    # ---- letters -------------------------------------------------------------------------------------------

    def _letters_recorded(self, deed: Deed) -> None:
        child, cells = self.child_named(deed.child), dict(deed.cells)
        kind, issuer = cells["文书种类"], cells["签发单位代码"]
        cells |= {"签发日期": f"{self.today()}", "限期天数": TERMS.get(kind, "")}
        self._check_issuer(deed, child, kind, issuer)
        series = (issuer, kind, self.today().year)
        self.numbers[series] = self.numbers.get(series, 0) + 1
        if f"〔{series[2]}〕第{self.numbers[series]:03}号" not in cells["文号"]:
            raise Forbidden(f"{deed}: number {self.numbers[series]} was to come")
        self._write(deed, child, cells)

    def _check_issuer(self, deed: Deed, child: Child, kind: str, issuer: str) -> None:
        """ "township government or county bureau only"; 劝返 letters and reports are the school's."""
        of, place = self.units[issuer].kind, place_of(self, child, self.today())
        if kind == world.ORDER_LETTER and of not in ("township", "county"):
            raise Forbidden(f"{deed}: an order by {of}")
        if kind in (world.SCHOOL_LETTER, world.REPORT_LETTER) and of != "school":
            raise Forbidden(f"{deed}: by {of}")
        # children follow a merger, or come back, by acts of their own: until then each stands where it stood
        if not self.settling and issuer not in (place.school, place.township, place.county):
            raise Forbidden(f"{deed}: {place} is not theirs")
        if kind in (*TERMS, world.REPORT_LETTER) and self.status(child) not in ("suspected", "dropped_out"):
            raise Forbidden(f"{deed}: to a child {self.status(child)}")

    def _letters_voided(self, deed: Deed) -> None:
        child = self.child_named(deed.child)
        letter = self.entry("letters", child, deed.no)
        self._write(deed, child, {})
        if letter:
            self.voided_letters.append(Voided(letter, self.today()))

    def _letters_served(self, deed: Deed) -> None:
        """Served, or the service corrected: it counts from its first recording."""
        child = self.child_named(deed.child)
        letter = self.entry("letters", child, deed.no)
        on = day(deed.cells["送达日期"])
        if letter is None or not letter.on <= on <= self.today():
            raise Forbidden(f"{deed}: {letter}")
        served = self._write(deed._replace(verb="corrected"), child, letter.cells | deed.cells)
        assert served
        self.served.setdefault(served.no, self.at)

    # ---- proposals -----------------------------------------------------------------------------------------

    def _proposals_made(self, deed: Deed) -> None:
        child = self.child_named(deed.child)
        if self.pending(child.id):
            raise Forbidden(f"{deed}: another one waits")
        made = Proposal(child.id, deed.cells["变化"], self.today())
        self.proposals.append(made)
        self.asked_for[child.id, deed.no] = made
        self.papers[child.id, deed.no] = deed.cells | {"登记人": deed.by}

    def _proposals_ended(self, deed: Deed) -> None:
        """Approved, declined (by somebody else) or withdrawn; "only the approval enters the timeline"."""
        child, how = self.child_named(deed.child), deed.cells["办理"]
        made = self.asked_for[child.id, deed.no]
        papers = self.papers[child.id, deed.no]
        if made not in self.proposals or (how != "withdraw" and papers["登记人"] == deed.by):
            raise Forbidden(f"{deed}: {papers}")
        ended = replace(made, ended=Told(child.id, self.today(), self.at), how=how)
        self.proposals[self.proposals.index(made)] = ended
        if how == "approve":
            entry = papers | {"日期": deed.cells["日期"], "批准人": deed.by}
            no = int(deed.cells["登记"])
            self._write(deed._replace(kind="status", verb="recorded", no=no), child, entry)

    # ---- units and postings --------------------------------------------------------------------------------

    def _units_added(self, deed: Deed) -> None:
        self._take_units(Import(self.at, "units", [deed.cells]))

    def _units_closed(self, deed: Deed) -> None:
        """ "Schools merge: open cases and postings move on that day": postings end on the day before."""
        code, on = deed.cells["单位代码"], day(deed.cells["停用日期"])
        self.settling.add(code)
        unit = self.units[code]
        self.units[code] = replace(unit, closes=on, successor=deed.cells.get("并入单位代码", ""))
        lasting = {key: p for key, p in self.postings.items() if p.unit == code and p.until >= on}
        self.ended[code] = lasting
        self.postings |= {key: replace(posting, until=on - DAY) for key, posting in lasting.items()}

    def _units_reopened(self, deed: Deed) -> None:
        code = deed.cells["单位代码"]
        self.settling.add(code)
        self.units[code] = replace(self.units[code], closes=date.max, successor="")
        self.postings |= self.ended.pop(code)

    def _units_followed(self, deed: Deed) -> None:
        """Where children are follows from the units; here the last of them has followed."""
        if deed.cells["余"] == "0":
            self.settling.discard(deed.cells["单位代码"])

    def _postings_taken(self, deed: Deed) -> None:
        self.take(Import(self.at, "staff", [deed.cells]))

    def _postings_handed_over(self, deed: Deed) -> None:
        """One leaves, the other begins the next morning."""
        leaving = deed.cells
        self._postings_ended(deed)
        since = day(leaving["离任日期"]) + DAY
        coming = {"登录名": leaving["接任人"], "姓名": leaving["接任人姓名"], "任职日期": f"{since}"}
        self._take_posting(leaving | coming | {"离任日期": ""})

    def _postings_ended(self, deed: Deed) -> None:
        """离任: the last day in post."""
        key = tuple(deed.cells[name] for name in ("登录名", "岗位", "单位代码", "任职日期"))
        until = day(deed.cells["离任日期"]) if deed.cells.get("离任日期") else date.max
        self.postings[key] = replace(self.postings[key], until=until)


def know(told: Iterable[Import | Deed], known_at: datetime | None = None) -> ActCounty:
    """The county as known at an instant."""
    county = ActCounty()
    for each in told:
        if known_at is None or each.at <= known_at:
            county.tell(each)
    return county
