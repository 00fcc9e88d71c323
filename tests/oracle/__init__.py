"""An independent, slow, obvious oracle of the importers, the weekly report and the duties.

`world` (imports as told) → `judge` (what is accepted; `rows` alone, `moves` as a history) → `story`
(one child's days) → `report` (the figures). `histories` makes random counties (`making`, `ledgers`,
`records`; `clear` keeps them off open ground). Duties: `duty_county` (what is told beside workbooks, and
when) → `duty_life` (a child instant by instant) → `duty_rules`, `duty_terms`, `duty_calendar` → `duties`
(state, unit, holders, listing); `duty_making`, `duty_records` make random autumns. People's acts: `deed`
(one accepted act), `deeds` (a county told of them, refusing what the contracts forbid), `deed_year`,
`deed_duties`; forms are told by `tests.support.told_acts`. Nothing here reads the program's own rules.
"""

OPEN_QUESTIONS = """
Where the contracts leave something open: the reading taken here, and why. The generator stays away from
all of them except those marked [met], whose reading shows in figures or rows of random counties.

Report
 1 [met] `unit` of the row 无就读学校: code "", name 无就读学校, kind "school"; of 县直/未定: the
   county's code, that name, kind "county". The code decides kind and order: the county's code sorts
   before its townships.
 2 [met] 街道: JSON `kind` "township" ("reported as township").
 3 [met] "below the unit" includes the unit itself: a school's own report lists that school, a
   township's that township. A 学区 or school has no township below it: those appear only where the set
   counts.
 4 [met] A unit is listed with all three stage rows or none; it "counts" when any key of any of its
   rows, groups, pupils and term figures included, is not zero (dropout_rate and filing aside).
 5 [met] Rows of the two tables are the report's set cut by school or township, so leaving the set is
   `out` there too (a school's child changing school while suspected is `s_out` in that school's
   townships table).
 6 [met] `dropout_rate` is a JSON number; the total of a school's report divides by due_children
   ("total"). `session_hours` is an integer when whole.
 7 [met] `term_returned` = s_returned + d_returned; a return out of 送教 or 休学 is not 劝返.
 8 [met] `closed_by_reason` counts closures out of every status; a 销号 row while closed is a renewal:
   no closure.
 9 [met] A school open until 停用日期 D is not open on D (D = first day closed); listed when D > the
   week's Friday.
10 [met] A voided letter counts in no week, whatever 作废日期 says. One voided as first seen: refused
   here as nothing to void (it may as well be taken as a visible voided number), not generated.
11 Weeks not begun at known_at, 停用日期 or 变动日期 in the future: not asked.
12 `a school ever held the child` for the default 失学类型: only schools of 学校代码 while 在籍在校, not
   a 县外 school.
13 A child with a school but an empty 学段 (复学 at a school of a child never staged): the rule for
   children without a school is used; the school's 学校类别 might be meant.
14 年级 "grade 6" is 六年级, 6年级, 六 or 6; the contracts give no list of grade names.

Importers
20 A void row is compared as a whole with the voids already recorded under its key: the same void again
   is unchanged even when a replacement lives there. Otherwise "the same file twice changes nothing" and
   "void and replacement in one sheet" contradict each other (the second import would void the
   replacement). [met: a file imported again at once; 作废原因 is unique, cells are those of the voided
   row]
21 A row equal to a voided one while another entry lives under the key: unchanged, not a correction. A
   row equal to an older, corrected version of what was voided: a new entry. Neither is generated.
22 A void without anything to void is bad by itself. Cells of a void row besides the key are not judged.
23 送教上门 out of 疑似/辍学 without paper, 再辍, 重开, a wrong receiver: matters of history (all rows
   of the child in the sheet fall), because they depend on the other entries. Missing paper of
   缓学/休学/销号: bad by itself.
24 Unchanged rows in a refused group are reported as refused; only what stands is compared.
25 Two rows of one key with other values in one sheet (not void + replacement): not generated.
26 A name that differs from the roster's, unless confirmed: refused ("whatever needs asking is
   refused").
27 A later roster row with empty 学校代码/年级/班级 while 在籍在校: refused here, though "an empty cell
   says nothing" may be meant; generated rows are always whole. Empty 就读情况 in a later row: says
   nothing.
28 就读情况 other than 在籍在校 means no school, whatever 学校代码 still holds; generated rows clear it
   with 无.
29 An old roster naming the sender after an accepted transfer, with a 变动日期 after it: would move the
   child here; the contract asks. Not generated (a changed school is always one never held before).
30 A roster change, a merger or a second ledger move of the same field on the same day as a ledger move:
   the one recorded last holds. Not generated.
31 A merger moves the children known at its import to sit in the closed school on 停用日期, as a
   recorded change of that day. A later late entry or void that puts somebody else there, or takes
   somebody away: not generated.
32 A school not open on the day (roster row or receiving school): accepted here, not generated.
33 Letters: a voided number used again, another child under the same number, 送达 before 签发, 公告,
   街道 issuing the order letter, 劝返复学通知书 by another than a school, taking a service back: not
   generated.
34 A visit's 记录编号 used for another child: refused here, not generated.
35 销号 needs 销号原因 and a second person; 证据编号 is always given, since closing reasons may ask for
   it.
36 A void or correction is judged by the county as known then: a roster row never makes an accepted
   status refused.

Duties
40 [met] Two absences of a child that follow each other without a day between: "absent" means that absence,
   whose duties end with it. Overlapping ones are refused by pages and not generated.
41 [met] A duty whose role has no unit (校长, 师长 … of a child without a school, 镇长 without township) has
   unit "" and no class; it is listed for the child's county and what lies above, and for its township. By
   which day's place, when the child moves meanwhile: not compared.
42 [met] 师长 of a class that nobody holds: the 班主任 of the school without a class ("else").
43 [met] `recorded_late_days` only beside on_time ("it still counts as done on time, and …"): recording day
   minus due_day. A correction keeps the day of the first recording; a service counts from its own.
44 [met] A deferral that begins its duty with its own entry: only entries after it in order count, not an
   earlier one of that day. An empty 截止日期 in a renewal: not generated.
45 [met] Checks "since d" include one on d. A transfer that ends in 已复学 (转入接收 …) begins five duties
   again; a 复学 row while returned does not.
46 [met] `letter.issue`, `returned.check`: "entered" is from another status, also within one day.
47 [met] A void that is known takes the letter's other duties away also on days before 作废日期; its
   `letter.serve` is served or ended as the days stand.
48 [met] Which calendar counts: whether a day of an absence is a school day, the one in force on that day; a
   term, the one in force on the day the duty begins; a letter's deadline, that of the service day.
49 [met] The policy last adopted holds from its day on, over all before it. What a fact began under one
   policy it does not begin again under another; what would have begun earlier by the new one and later by
   the old one does not begin at all.
50 [met] `term.count`: 校长 by the 20th, 局长 (held by 资助中心) by the 30th, begun 10 days before; for every
   school but 普高 and 中职 open in that time. In the default listing only while not yet due: "–" would keep
   every missed one of every past year.
51 [met] 镇长 of "unit and all below" includes the schools that lie in the township (weekly.md).
52 [met] A page that closes a unit ends its postings on the day before; reopening it brings them back. Posts
   in a school merged by a workbook stay where they were for duties begun there. 公告, 分管 and
   代理: not generated.

Acts
60 [met] Between a merger (or its undoing) and the moment its children have followed, each by an act of its
   own, no question is asked and a letter's issuer is not judged by the child's place.
61 [met] A child's class is not known at the school to which 复学 or 转入接收 brings it, unless said there; a
   return to the school it sits in keeps it. A corrected move keeps its place in the order of the day and, to
   the same school, its class.
62 [met] Who left 初中 by 学年升级 is in no stage and so in no figure; who left 小学 counts as 初中 without a
   school. "if empty, 初中 when an earlier span was … 初中" is read of children whose roster says nothing.
63 [met] A later roster row that leaves 学校代码, 年级 and 班级 empty says nothing of them.
64 [met] A closure holds from the day of its approval or the day the approver names; 休学 and 送教上门 from a
   day between the stated one and the decision.
65 [met] Duties of units themselves (term.count, campaign) are in `duties` and not in the weekly report: a
   county's own would be in no row of its tables, and "every key sums exactly over its rows".
66 公告 served from a page (counts after the policy's days), imported ledgers between people's acts, filings:
   not generated.
"""
