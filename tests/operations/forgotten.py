"""A child with words of its own everywhere the system keeps words, in a county on either database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from casework.commands.home_visits import Visit, record_visit
from casework.commands.transfer_asking import Wanted, ask_transfer
from casework.commands.unnamed import explain_unnamed, note_unnamed
from casework.commands.village import confirm_child
from casework.config import Settings
from casework.domain.values import LOCAL_OPERATOR, Actor
from casework.projections.reconcile import reconcile
from casework.service import Casework
from casework.store.database import make_engine
from casework.store.kept_forms import KeptForm, keep
from casework.store.migration import upgrade
from casework.store.read_log import EXPORTED, note_reading
from tests.operations.offices import settings_of
from tests.support.county import MASTER_KEY, County
from tests.support.field import ACTORS, fill_field, ids_of
from tests.support.uploads import Desk
from tests.web.small_county import CHIEF, CLERK, HEAD_1, HEAD_2, NAMES

NAME, NUMBER, CARD, PHONE = "欧阳忘川", "QXHAO88007766", "990126201305068811", "13877665544"
GUARDIAN, STREET, HELPER, ELSEWHERE = "欧阳监护", "忘川巷九号", "尉迟帮扶", "外县忘川中学"
WORDS = ("谈话忘川", "理由忘川", "说明忘川", "住处忘川", "下一步忘川", "证言忘川", "线索忘川", "去向忘川")
TOLD = (NAME, NUMBER, CARD, PHONE, GUARDIAN, STREET, HELPER, ELSEWHERE, *WORDS, quote(NAME))
IN_CLEAR = (NAME, NUMBER, GUARDIAN, HELPER, ELSEWHERE)
"""What stands readable in the files before: so the search of the files is known to find things."""

PUPIL = {
    "学籍号": NUMBER,
    "姓名": NAME,
    "性别": "女",
    "民族": "苗族",
    "出生日期": "2013-05-06",
    "证件类型": "居民身份证",
    "证件号": CARD,
    "学校代码": "S2",
    "学段": "初中",
    "年级": "七年级",
    "班级": "1班",
    "现居住地代码": "V1",
    "现居住地详址": STREET,
    "监护人": GUARDIAN,
    "与监护人关系": "母亲",
    "联系电话": PHONE,
    "帮扶责任人": HELPER,
    "就读学校名称": ELSEWHERE,
    "特殊群体": "留守儿童",
}
WEEKS = ("2026-W36", "2026-W37", "2026-W38", "2026-W40", "2026-W41")
CLERK_POST = Actor(CLERK, NAMES[CLERK], "基教股", "C1")
HEAD_POST = Actor(HEAD_2, NAMES[HEAD_2], "校长", "S2")
OTHER_HEAD = Actor(HEAD_1, NAMES[HEAD_1], "校长", "S1")


@dataclass
class Place:
    """A county at work with the child in it."""

    county: County
    settings: Settings
    child: str

    def state(self) -> tuple[list[str], list[str]]:
        """As `state_of` of the county's own application."""
        return self.state_of(self.county.casework)

    def state_of(self, casework: Casework) -> tuple[list[str], list[str]]:
        """The digests of several weeks at several instants, and what does not agree."""
        now = self.county.now
        moments = (None, now - timedelta(days=12), now - timedelta(days=2), now - timedelta(minutes=5))
        report = casework.weekly_report
        digests = [report("C1", week, known_at=at)["digest"] for week in WEEKS for at in moments]
        with casework.store.snapshot() as snapshot:
            return digests, reconcile(snapshot)


@contextmanager
def place(url: str, folder: Path) -> Iterator[Place]:
    """Everything that can be said of a child, said."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    county = County(url)
    try:
        fill_field(county)
        county.take("roster", [PUPIL], county.now - timedelta(days=20))
        child = ids_of(county)[NAME]
        _imported(county)
        _by_pages(county, child)
        _beside(county, folder)
        settings = replace(settings_of(folder, url), master_key=MASTER_KEY, now=county.now)
        yield Place(county, settings, child)
    finally:
        county.close()


def _imported(county: County) -> None:
    """Ledgers, and a helper who changes."""
    who = {"学籍号": NUMBER, "姓名": NAME}
    out = {"日期": "2026-09-21", "变化": "疑似辍学", "原因": "上学远", "去向": "去向忘川", "登记人": "甲"}
    county.take("status", [{**who, **out}], county.now + timedelta(days=10))
    letter = {
        **who,
        "文书种类": "劝返复学通知书",
        "文号": "义劝通字〔2026〕第002号",
        "签发单位代码": "S2",
        "签发人": "闵舒禾",
        "签发日期": "2026-09-22",
        "送达日期": "2026-09-23",
        "送达方式": "留置",
        "受送达人": GUARDIAN,
        "见证人": "证言忘川",
        "送达地点": STREET,
        "送达人": "闵舒禾",
        "拒收理由": "理由忘川",
    }
    county.take("letters", [letter])
    county.take("absences", [{**who, "起始日期": "2026-09-19", "原因": "说明忘川"}])
    said = {name: PUPIL[name] for name in ("学籍号", "姓名", "性别", "出生日期", "学段")}
    county.take("roster", [{**said, "帮扶责任人": HELPER + "二", "变动日期": "2026-09-24"}])
    county.now += timedelta(days=10)


def _by_pages(county: County, child: str) -> None:
    words = {"place": STREET, "talk": "谈话忘川", "next_step": "下一步忘川", "recorder": NAMES[HEAD_2]}
    visit = Visit(on="2026-09-29", mode="上门", outcome="犹豫", start="18:00", met=("家长",), private=words)
    casework = county.casework
    casework.do("v", lambda act, ref: record_visit(act, ref, child_id=child, visit=visit), actor=HEAD_POST)
    said = {"found": "away", "place": "住处忘川", "note": "说明忘川"}
    chief = ACTORS[CHIEF]
    casework.do("c", lambda act, ref: confirm_child(act, ref, child_id=child, **said), actor=chief)
    asked: dict[str, Any] = {"request_id": uuid4().hex, "school": "S1", "wanted": Wanted(student_no=NUMBER)}
    casework.do("t", lambda act, ref: ask_transfer(act, ref, **asked), actor=OTHER_HEAD)
    missing: dict[str, Any] = {
        "missing": {child: "S2"},
        "schools": ["S2"],
        "named": [],
        "today": "2026-09-30",
    }
    casework.do("u", lambda act, ref: note_unnamed(act, **missing), actor=LOCAL_OPERATOR)
    explained: dict[str, Any] = {"explained": "外出", "destination": "去向忘川", "note": "说明忘川"}
    casework.do(
        "e",
        lambda act, ref: explain_unnamed(act, ref, school="S2", children=[child], **explained),
        actor=HEAD_POST,
    )


def _beside(county: County, folder: Path) -> None:
    """What stands beside the acts: previews, forms kept, the read log."""
    engine, now = county.casework.store.engine, county.now
    Desk(county, folder).preview(CLERK_POST, "roster", [{**PUPIL, "监护人": "改名监护"}], name=f"{NAME}.xlsx")
    keep(engine, KeptForm("/visits", [("talk", "谈话忘川")]), login=CLERK, now=now)
    note_reading(engine, CLERK_POST, at=now, what=EXPORTED, detail=f"/students?q={quote(NAME)}")
