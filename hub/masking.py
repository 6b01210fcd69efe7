"""The one place where personal data is shortened for a screen or a push.

A masked value can be shown to whoever may see the list it stands in; the full value never leaves through here. Masking a
masked name changes nothing. Values of an unexpected shape give stars alone, never a part of themselves.
"""

import re

from hub.text import DOT, HAN, clean, plain_name

STARS = "****"

# Surnames of two characters that people carry today. A name that begins with one by chance (司 + 马光) is masked as
# if it were one: it shows a character more of the name, and nobody is refused.
_SURNAMES = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 "
    "仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 "
    "段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五 完颜"
)
COMPOUND_SURNAMES = frozenset(_SURNAMES.split())

# With stars put by this module.
_CHINESE = re.compile(f"[{HAN}*]+")
_COUNT = "[0-9零一二三四五六七八九十百]{1,4}"
# From the left: the first 村 or 社区 that is not part of a town's name (中村镇) nor of its own (中村村), then the group.
_VILLAGE = re.compile(
    rf".*?(?:村(?!镇|乡|街道|村(?!民|委))|社区)(?:(?:村民|居民)?第?{_COUNT}(?:村民小组|居民小组|小组|组|社))?"
)
# 街道 first: 镇江寺街道 is no 镇.
_TOWN = re.compile(r".+?街道|.+?[镇乡]")


def name(text: str, minor: bool = False) -> str:
    """A person's name for others' eyes: 张三 → 张*, 张小三 → 张*三, 欧阳小三 → 欧阳*三; a minor's → 张**.

    Names with a dot keep the first character of the first part: 阿依古丽·买买提 → 阿***·***. Every character between
    is one star, except of minors and of names in other scripts (`J***`), whose length would tell too much.
    """
    whole = plain_name(text).replace(" ", "").strip(DOT)
    if len(whole) < 2:
        return "*" * len(whole)
    if DOT in whole:
        return whole[0] + "**" if minor else _dotted(whole)
    if not _CHINESE.fullmatch(whole):
        return whole[0] + "***"
    surname, given = _split(whole)
    if minor:
        return surname + "**"
    return surname + ("*" if len(given) == 1 else "*" * (len(given) - 1) + given[-1])


def id_number_staff(text: str) -> str:
    """An identity-card number in staff lists: the first 6 and the last 4, never the birthday between."""
    return f"{text[:6]}********{text[-4:]}" if len(text) == 18 else STARS


def id_number_public(text: str) -> str:
    """An identity-card number that anybody may read: the last 4."""
    return STARS + text[-4:] if len(text) == 18 else STARS


def card(text: str) -> str:
    """A card number: the last 4."""
    return STARS + text[-4:] if len(text) >= 12 else STARS


def phone(text: str) -> str:
    """138****5678; of anything but 11 digits, nothing."""
    return f"{text[:3]}****{text[-4:]}" if len(text) == 11 else STARS


def address(text: str) -> str:
    """An address down to its village and group: …聚贤镇木莲寺村3组12号 → …聚贤镇木莲寺村3组; without a village, its town."""
    plain = "".join(clean(text).split())
    found = _VILLAGE.match(plain) or _TOWN.match(plain)
    return found.group() if found else STARS


def _split(chinese: str) -> tuple[str, str]:
    """Surname and given name; at least one character is left for the given name."""
    length = 2 if len(chinese) > 2 and chinese[:2] in COMPOUND_SURNAMES else 1
    return chinese[:length], chinese[length:]


def _dotted(whole: str) -> str:
    first, *others = whole.split(DOT)
    return DOT.join([first[0] + "***", *("***" for _ in others)])
