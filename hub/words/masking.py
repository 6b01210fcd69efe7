"""The one place where personal data is shortened for a screen or a push.

A masked value can be shown to whoever may see the list it stands in; the full value never leaves through here. Masking a
masked name changes nothing. Values of an unexpected shape give stars alone, never a part of themselves. What people write
freely cannot be masked; before it is published it is searched for what would tell who somebody is.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from stdnum.iso7064 import mod_11_2

from hub.words.errors import Invalid
from hub.words.text import DOT, HAN, clean, compatible, name_key, plain_name

STARS = "****"
# Stands where a reader sees nothing of it at all.
HIDDEN = "***"

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


# --- free text -------------------------------------------------------------------------------------------------------

# Phones without an area code have seven digits; all other numbers of people have more.
FEWEST_DIGITS = 7
_SPOKEN = str.maketrans("〇○零一壹幺二贰三叁四肆五伍六陆七柒八捌九玖", "000111223344556677889" + "9")
# What may be put between the characters of a name, and does not end a clause.
_BETWEEN = re.compile(r"[^\w\s，。；！？、：,;!?:]|_")
_RUN = re.compile(r"[0-9](?:[\W_]*[0-9])*")
_CASE_NUMBER = re.compile(r"(?<![0-9])[0-9]{6}-20[0-9]{2}-[A-Z]?[0-9]{5,6}(?![0-9])")
# 周五8:30 is no number that begins with a five.
_WEEKDAY = re.compile("(?:周|星期|礼拜)[一二三四五六日天]")
# A run of digits is let pass as a whole or not at all: what stands before and behind may belong to a longer number.
# 川农发〔2023〕112号: what it says can be looked up.
_DECREE = re.compile(r"20[0-9]{2}[〕\])】][0-9]{1,4}")
_RANGE = re.compile(r"([1-9][0-9]{2,5})[-–—~]{1,2}([1-9][0-9]{2,5})")
_MONEY = re.compile(r"\s?元(?![旦月])")
_LIST = re.compile(r"[0-9]{1,4}(?:[、,/] ?[0-9]{1,4})+")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
# More than any list of ages, years or amounts; ID numbers and cards are as long.
LONGEST_LIST = 14
_DAY = r"(?:19|20)[0-9]{2}(?:[-/.](?:0?[1-9]|1[0-2])(?:[-/.](?:0?[1-9]|[12][0-9]|3[01]))?)?"
_HOUR = r"(?:[01]?[0-9]|2[0-4])(?::[0-5][0-9]){1,2}"
# 12345, 12388 and their like: to whom one can turn.
_HOTLINE = r"12[0-9]{3}"
_PLAIN_NUMBER = rf"(?:{_DAY}|{_HOUR}|{_HOTLINE})"
_AMOUNT = r"[0-9]{1,3}(?:,[0-9]{3}){1,2}(?:\.[0-9]{1,2})?|[0-9]{1,6}\.[0-9]{1,2}"
_TELLS_NOTHING = re.compile(rf"{_PLAIN_NUMBER}(?:[\W_]+{_PLAIN_NUMBER})*|{_AMOUNT}")


def tells_who(text: str, names: Iterable[str] = ()) -> bool:
    """Whether a text that is to be published holds one of ``names``, or a number as long as a phone's, a card's or an ID's.

    Both are found also with spaces, dashes, dots and invisible characters between, numbers in any digits, Chinese ones
    (一三八…) and full-width ones too. Dates, times, amounts, rising lists of short numbers (80、100、150), hotlines, and the numbers of
    cases and decrees are no such numbers.
    """
    return _holds_number(text) or _holds_name(text, names)


def check_published(text: str, field: str, names: Iterable[str] = ()) -> str:
    """The text as everybody may read it; ``Invalid`` at ``field`` for one that tells who somebody is."""
    if tells_who(text, names):
        raise Invalid(fields={field: "公开内容不能出现姓名、证件号、卡号或电话。"})
    return text


def _holds_number(text: str) -> bool:
    return next(_numbers(compatible(text)), None) is not None


def _numbers(text: str) -> Iterator[re.Match[str]]:
    """The runs of digits in a text that may be somebody's numbers, each where it stands in the text."""
    plain = _CASE_NUMBER.sub(_signs, _in_digits(_WEEKDAY.sub(_signs, text)))
    return (run for run in _RUN.finditer(plain) if _tells_who(run.group(), plain[run.end() : run.end() + 3]))


def _signs(found: re.Match[str]) -> str:
    """As many signs that are no digits."""
    return "号" * len(found.group())


def _tells_who(run: str, after: str) -> bool:
    """Whether a run of digits may be somebody's number; ``after`` is what it counts or names."""
    if sum(map(str.isdigit, run)) < FEWEST_DIGITS or _TELLS_NOTHING.fullmatch(run):
        return False
    if _DECREE.fullmatch(run):
        return not after.startswith("号")
    if span := _RANGE.fullmatch(run):
        return not (_MONEY.match(after) and _rises(span.groups()))
    return not (_LIST.fullmatch(run) and _rises(re.findall("[0-9]+", run)))


def _rises(parts: Sequence[str]) -> bool:
    """80、100、150元, 14000—35000元: each more than the one before, and no phone in pieces, but for round amounts (14000-135000元)."""
    whole, numbers = "".join(parts), [int(part) for part in parts]
    rising = all(one < next_one for one, next_one in pairwise(numbers))
    in_pieces = _MOBILE.fullmatch(whole) and not all(part.endswith("00") for part in parts)
    return rising and len(whole) <= LONGEST_LIST and not in_pieces


def _in_digits(text: str) -> str:
    plain = text.translate(_SPOKEN)
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in plain)


def _holds_name(text: str, names: Iterable[str]) -> bool:
    written = _name_signs(text)
    # A single character is no name that anybody could be known by.
    return any(len(key) > 1 and key in written for key in map(_name_signs, names))


def _name_signs(text: str) -> str:
    return _BETWEEN.sub("", name_key(text))


# --- papers of an office ---------------------------------------------------------------------------------------------

# An office's paper is full of figures: what is looked for is the shape of a number of one person, whole or in its usual groups. A
# number with a stroke of stars in it is masked already, and a telephone with an area code is an office's.
_GAP = r"[\s-]?"
_BIRTH = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_ID = re.compile(rf"(?<![0-9A-Za-z])([1-9][0-9]{{5}}{_GAP}{_BIRTH}{_GAP}[0-9]{{3}}[0-9Xx])(?![0-9A-Za-z])")
# Of banks that pay subsidies out: 62, and ABC's and ICBC's old ones.
_CARD = re.compile(
    rf"(?<![0-9])(?:(?:62[0-9]{{2}}|955[0-9])(?:{_GAP}[0-9]{{4}}){{3}}(?:{_GAP}[0-9]{{1,3}})?|62[0-9]{{4}}{_GAP}[0-9]{{10,13}})(?![0-9])"
)
_MOBILE_IN_GROUPS = re.compile(rf"(?<![0-9])(?:86{_GAP})?1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}(?![0-9])")


def holds_id_or_card(text: str) -> bool:
    """Whether a paper holds an ID or card number of somebody, also one that a narrow column breaks over two lines."""
    plain = _in_digits(compatible(text))
    whole = (plain, plain.replace("\n", ""))
    return bool(_CARD.search(plain)) or any(_is_id(found[1]) for each in whole for found in _ID.finditer(each))


def holds_mobile(text: str) -> bool:
    """Whether a paper holds what may be a mobile phone's number."""
    return bool(_MOBILE_IN_GROUPS.search(_in_digits(compatible(text))))


def without_numbers(text: str) -> str:
    """The text, in its compatible form, as it may be looked for: without any number that could be somebody's."""
    plain, kept, at = compatible(text), [], 0
    for run in _numbers(plain):
        kept.append(plain[at : run.start()])
        at = run.end()
    return " ".join((*kept, plain[at:]))


def _is_id(number: str) -> bool:
    """In groups it may be three figures of a table by chance, which the last sign tells."""
    signs = re.sub(_GAP, "", number).upper()
    return signs == number.upper() or bool(mod_11_2.is_valid(signs))
