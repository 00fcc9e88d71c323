"""Invented people: names, identity numbers, school numbers and phones that belong to nobody.

Identity numbers carry a right check digit (GB 11643) but area codes 9901xx, which were never issued; phones
begin with 120, which no mobile number does.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

from casework.domain.values import Day

COUNTY_AREA = "990126"
_AREAS = (COUNTY_AREA,) * 23 + ("990127", "990128", "990131")

_SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向"
)
_BOY = tuple("梓沐禾岩川树林峰远航泽宇辰睿铭轩皓晨朗景屹牧野青松柏楠桐嘉越衡恒启源清和乐安")
_GIRL = tuple("梓语沐禾穗芽朵萱彤悦欣怡然诗雅琪瑶婉宁月岚溪荷苗茉蓝青雨露晴霏可乐安念知夏秋")
_ADULT_MAN = tuple("国建志明德贵福兴正云守家世永启光维忠开发顺富宏昌友祥培")
_ADULT_MAN_END = tuple("林山强军平成才喜华全生荣根旺清海友田顺岭坤")
_ADULT_WOMAN = tuple("秀桂玉春翠素金兰彩月美淑凤小云红正")
_ADULT_WOMAN_END = tuple("英兰芳梅珍香莲花琴菊芬容碧蓉会仙琼")

_NATIONS = (
    ("汉族", 80.0),
    ("苗族", 6.5),
    ("彝族", 5.0),
    ("布依族", 3.5),
    ("侗族", 2.0),
    ("土家族", 1.6),
    ("回族", 0.9),
    ("白族", 0.5),
)
_HOUSES = {
    "彝族": ("吉木", "阿苦", "沙勒", "曲则", "罗洪", "木帕"),
    "苗族": ("龙", "杨", "吴", "熊", "陶", "侯"),
    "布依族": ("韦", "罗", "岑", "班", "覃"),
    "侗族": ("石", "吴", "杨", "粟"),
    "土家族": ("田", "向", "彭", "覃"),
    "回族": ("马", "白", "哈", "沙"),
}
_YI_BOY = ("木果", "尔哈", "拉坡", "依布", "阿洛", "史布", "克其", "日格")
_YI_GIRL = ("阿妞", "依果", "拉则", "木呷", "阿芝", "依扎", "子呷", "尔西")


# Names of well-known people that these characters could spell.
_WELL_KNOWN = frozenset(
    (
        "张国荣 刘德华 张桂梅 周雨彤 陈语安 刘云山 贺国强 孙春兰 许世友 李德生 "
        "王志强 周建华 王德顺 王明华 吴启华 李兰芳 王国强 韩国荣 陈国强"
    ).split()
)


def nation(rng: Random) -> str:
    """An ethnic group (民族) at the county's proportions."""
    return rng.choices([name for name, _ in _NATIONS], [weight for _, weight in _NATIONS])[0]


def surname(rng: Random, people: str = "汉族") -> str:
    """A surname usual among `people`."""
    return rng.choice(_HOUSES.get(people, _SURNAMES))


def child_name(rng: Random, family: str, sex: str, people: str = "汉族") -> str:
    """A child's full name in the family `family`."""
    if people == "彝族":
        return family + rng.choice(_YI_BOY if sex == "男" else _YI_GIRL)
    return _nobody_known(lambda: family + "".join(rng.sample(_BOY if sex == "男" else _GIRL, 2)))


def adult_name(rng: Random, family: str, sex: str) -> str:
    """A grown person's full name in the family `family`."""
    first, last = (_ADULT_MAN, _ADULT_MAN_END) if sex == "男" else (_ADULT_WOMAN, _ADULT_WOMAN_END)
    return _nobody_known(lambda: family + rng.choice(first) + rng.choice(last))


def _nobody_known(draw: Callable[[], str]) -> str:
    """The first name drawn that the newspapers don't know."""
    while (name := draw()) in _WELL_KNOWN:
        pass
    return name


def check_digit(first17: str) -> str:
    """The eighteenth character of an identity number, ISO 7064 MOD 11-2 as GB 11643 takes it."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(c) * w for c, w in zip(first17, weights, strict=True)) % 11]


class Numbers:
    """Gives each invented person numbers nobody else in the county has."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._births: Counter[str] = Counter()
        self._entries: Counter[int] = Counter()
        self._phones = 0

    def identity(self, born: Day, sex: str) -> str:
        """An identity number with a never-issued area code and a right check digit."""
        stem = self._rng.choice(_AREAS) + born.replace("-", "")
        self._births[stem] += 1
        order = 2 * self._births[stem] + (1 if sex == "男" else 0)
        first17 = f"{stem}{order:03d}"
        return first17 + check_digit(first17)

    def school(self, entered: int) -> str:
        """A school number (学籍号): G and 18 digits, not made from the identity number."""
        self._entries[entered] += 1
        return f"G{COUNTY_AREA}{entered}{self._entries[entered]:08d}"

    def phone(self) -> str:
        """An 11-digit phone that can't be dialled."""
        self._phones += 1
        return f"120{self._phones * 7919 % 100_000_000:08d}"


def with_wrong_check(number: str) -> str:
    """`number` with its check digit made wrong, as a slip of the pen would."""
    return number[:-1] + ("3" if number[-1] != "3" else "5")
