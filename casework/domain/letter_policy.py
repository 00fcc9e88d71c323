"""Which letters there are, who issues and signs them, when, and what they say (文书规则)."""

from collections.abc import Mapping
from string import Formatter
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from casework.domain.letter_numbers import number_text
from casework.domain.policy import Document
from casework.domain.statuses import STATUS_NAMES

V = TypeVar("V")
IssuerKind = Literal["county", "township", "subdistrict", "school"]

FIELDS = {
    "child": "学生姓名",
    "sex": "性别",
    "birth": "出生日期",
    "guardian": "监护人",
    "school": "就读学校",
    "room": "年级班级",
    "home": "现居住地",
    "absent_since": "离校日期",
    "lost_type": "失学类型",
    "cause": "失学原因",
    "visits": "劝返次数",
    "days": "限期天数",
    "number": "文号",
    "issuer": "签发单位",
    "county": "县级教育行政部门",
    "date": "签发日期",
    "previous_number": "前一份文书的文号",
    "previous_served": "前一份文书的送达日期",
    "previous_deadline": "前一份文书的期限",
}
"""What a letter's text may name in braces, and how that is called."""

_STATUS_OF_NAME = {name: code for code, name in STATUS_NAMES.items()}


def _fits_number(form: str) -> str:
    try:
        written = {number_text(form, 2026, n) for n in (1, 2)}
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise PydanticCustomError("letter_number", "文号写法只能用 {year} 和 {n}") from error
    if len(written) < 2:
        raise PydanticCustomError("letter_number", "文号写法里要有 {n}，否则每份文书同一个号")
    return form


def _is_status(name: str) -> str:
    if name not in _STATUS_OF_NAME:
        raise PydanticCustomError("letter_status", "没有这种状态")
    return name


class LetterKind(BaseModel):
    """One kind of letter.

    `issuers`: kinds of unit that may issue it; `days` its term from service; `order`: an order of
    government (责令), never a school's. `statuses`: the child must stand in one of them; `lost_types`:
    and have lost school so. `after`: a letter of that kind was served and its term has passed.
    `to` the guardian it is served on, or the county bureau it is sent to. `text`: what it says, with
    fields in braces; a kind without one is made outside and entered by import. `asks`: what is typed
    when it is issued, field → label. `signatories` replaces the document's for this kind.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    issuers: list[IssuerKind] = Field(min_length=1)
    days: int = Field(default=0, ge=0, le=365)
    order: bool = False
    number: Annotated[str, AfterValidator(_fits_number)] = ""
    title: str = ""
    statuses: list[Annotated[str, AfterValidator(_is_status)]] = []
    lost_types: list[str] = []
    after: str = ""
    to: Literal["guardian", "county"] = "guardian"
    basis: str = ""
    text: str = ""
    asks: dict[str, str] = {}
    signatories: dict[IssuerKind, list[str]] = {}

    @property
    def printed(self) -> str:
        """The name as printed over the text."""
        return self.title or self.name

    @property
    def status_codes(self) -> frozenset[str]:
        """`statuses` as codes."""
        return frozenset(_STATUS_OF_NAME[name] for name in self.statuses)

    @model_validator(mode="after")
    def _names_known_fields(self) -> "LetterKind":
        for text in (self.text, self.basis):
            for field in fields_of(text):
                if field not in FIELDS and field not in self.asks and field != "basis":
                    raise PydanticCustomError(
                        "letter_field",
                        "“{name}”的正文里没有 {field} 这一项可填",
                        {"name": self.name, "field": field},
                    )
        return self


def fields_of(text: str) -> list[str]:
    """The fields a text names in braces, in order, each once."""
    try:
        named = [field for _, field, _, _ in Formatter().parse(text) if field is not None]
    except ValueError as error:
        raise PydanticCustomError("letter_text", "正文里的花括号没有成对") from error
    return list(dict.fromkeys(named))


class LetterPolicy(Document):
    """文书规则.

    `authorised_subdistricts`: 街道 code → number of its authorisation. `notice_days`: after how many
    days a published letter (公告) counts as served. `signatories`: kind of unit → posts that may sign.
    `printed_posts`, `printed_issuers`: how posts and units are printed ("{name}人民政府").
    """

    authorised_subdistricts: dict[str, str] = {}
    notice_days: int = Field(default=30, ge=0, le=365)
    guardian: str = "父母或者其他法定监护人"
    signatories: dict[IssuerKind, list[str]] = {}
    printed_posts: dict[str, str] = {}
    printed_issuers: dict[IssuerKind, str] = {}
    letters: list[LetterKind]

    def kind(self, name: str) -> LetterKind | None:
        """The kind of letter with this name."""
        return next((kind for kind in self.letters if kind.name == name), None)

    def signing_posts(self, kind: LetterKind, unit_kind: str) -> list[str]:
        """The posts that may sign this kind for a unit of this kind, the first one first."""
        return _of(kind.signatories, unit_kind) or _of(self.signatories, unit_kind) or []

    def printed_post(self, post: str) -> str:
        """A post as printed: 镇长 reads 乡镇长（街道办事处主任）."""
        return self.printed_posts.get(post, post)

    def printed_issuer(self, unit_kind: str, name: str) -> str:
        """A unit as printed: 青山镇 reads 青山镇人民政府."""
        form = _of(self.printed_issuers, unit_kind) or "{name}"
        return form.replace("{name}", name)

    @model_validator(mode="after")
    def _follows_known_kinds(self) -> "LetterPolicy":
        for kind in self.letters:
            if kind.after and self.kind(kind.after) is None:
                raise PydanticCustomError(
                    "letter_after",
                    "“{name}”的 after 没有对应的文书种类：{after}",
                    {"name": kind.name, "after": kind.after},
                )
        return self


def _of(table: Mapping[IssuerKind, V], unit_kind: str) -> V | None:
    return next((value for kind, value in table.items() if kind == unit_kind), None)
