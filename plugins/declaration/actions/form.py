"""The form of a declaration: what was typed, checked all at once, each problem at its own field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from hub.api import (
    Actor,
    Asked,
    CardText,
    Context,
    IdNumberText,
    Invalid,
    PhoneText,
    Refused,
    clean,
    idnumbers,
    is_name,
    money,
    plain_name,
    same_name,
)
from plugins.declaration.actions.catalogue import today_of
from plugins.declaration.actions.window import at_window, serves
from plugins.declaration.documents import AREA, Beneficiary, HandedIn
from plugins.declaration.projects import Category, Form, Material, Question

Answer = str | int | float | None
Wrong = dict[str, str]

MOST_FILES = 40
# 个人信息保护法 art. 31: under 14 stricter rules hold, and names are masked further.
MINOR_UNDER = 14


class BeneficiaryInput(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the subsidy is for, as typed."""

    name: Annotated[str, Asked("姓名", "与身份证一致")] = ""
    id_number: Annotated[str, Asked("身份证号", "18位，最后一位可以是X")] = ""
    phone: Annotated[str, Asked("手机号", "办理中有事会联系这个号码", keyboard="tel")] = ""
    region: Annotated[str, Asked("户籍所在村（社区）", look="select")] = ""
    category: Annotated[str, Asked("人员类别")] = ""
    card: Annotated[str, Asked("社会保障卡银行账号", "补贴发到这张卡，账号在卡面上", keyboard="numeric")] = ""

    def __repr__(self) -> str:
        # The generated one would write what was typed into logs and tracebacks.
        return "BeneficiaryInput(***)"


class FormInput(msgspec.Struct, frozen=True, kw_only=True):
    """A filled form: ``answers`` to the project's own questions by key, ``materials`` as file ids by the material's
    key.
    """

    declared_for: Literal["self", "other"] = "self"
    beneficiary: BeneficiaryInput = BeneficiaryInput()
    answers: dict[str, Answer] = {}
    materials: dict[str, tuple[str, ...]] = {}

    def __repr__(self) -> str:
        return "FormInput(***)"


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A form that has passed every check."""

    beneficiary: Beneficiary
    answers: dict[str, str]
    handed_in: tuple[HandedIn, ...]


def check_form(ctx: Context, form: Form, given: FormInput, handed_in_at: str | None = None) -> Filled:
    """Everything that a form must have; ``Invalid`` names every wrong field. ``handed_in_at``: the 户籍 it has already."""
    wrong: Wrong = {}
    if handed_in_at is None:
        check_region(ctx, given.beneficiary.region, wrong)
    elif given.beneficiary.region != handed_in_at:
        check_successor(ctx, handed_in_at, given.beneficiary.region, wrong)
    beneficiary = check_beneficiary(ctx, form, given, wrong)
    answers = check_answers(form, given.answers, today_of(ctx), wrong)
    handed_in = check_materials(form, given.materials, given.beneficiary.category, given.declared_for, wrong)
    if wrong or beneficiary is None:
        raise Invalid(fields=wrong)
    return Filled(beneficiary=beneficiary, answers=answers, handed_in=handed_in)


# --- the person ------------------------------------------------------------------------------------------------------


def check_beneficiary(ctx: Context, form: Form, given: FormInput, wrong: Wrong) -> Beneficiary | None:
    typed = given.beneficiary
    number = check_person(ctx, form, given, wrong)
    phone = check_phone(typed.phone, wrong)
    card = check_card(form, typed.card, wrong)
    category = check_category(form, typed.category, wrong)
    if number is None:
        return None
    age = idnumbers.age(number.birth, today_of(ctx))
    check_age(form, category, age, wrong)
    if phone is None or category is None:
        return None
    return Beneficiary(
        name=plain_name(typed.name),
        id_number=IdNumberText(number.number),
        phone=PhoneText(phone),
        card=card,
        region=typed.region,
        category=category.key,
        minor=age < MINOR_UNDER,
    )


def check_person(ctx: Context, form: Form, given: FormInput, wrong: Wrong) -> idnumbers.IdNumber | None:
    """Who it is for: name and ID number, and whether the one who is signed in may declare for them."""
    typed = given.beneficiary
    name = plain_name(typed.name)
    if not is_name(name):
        wrong["beneficiary.name"] = "请填写身份证上的姓名。"
    number: idnumbers.IdNumber | None = _read(
        lambda: idnumbers.parse(typed.id_number, today_of(ctx)), "beneficiary.id_number", wrong
    )
    if number is not None:
        check_declarant(ctx, form, given.declared_for, IdNumberText(number.number), name, wrong)
    return number


def check_phone(text: str, wrong: Wrong) -> str | None:
    number: str | None = _read(lambda: idnumbers.phone(text), "beneficiary.phone", wrong)
    return number


def check_card(form: Form, text: str, wrong: Wrong) -> CardText | None:
    """Where the money goes: asked of some projects, welcome for all."""
    if not text:
        if form.card:
            wrong["beneficiary.card"] = "请填写社会保障卡银行账号。"
        return None
    number = _read(lambda: idnumbers.card(text), "beneficiary.card", wrong)
    return CardText(number) if number else None


def check_category(form: Form, key: str, wrong: Wrong) -> Category | None:
    found = next((category for category in form.categories if category.key == key), None)
    if found is None and form.categories:
        wrong["beneficiary.category"] = "请选择人员类别。"
        return None
    return found or Category(key="", label="")


def check_region(ctx: Context, code: str, wrong: Wrong) -> None:
    """户籍 lies in this county, as deep as the tree goes, and still exists."""
    region = ctx.regions.get(code)
    if region is None:
        wrong["beneficiary.region"] = "请选择户籍所在的村（社区）。"
    elif region.county != ctx.county:
        wrong["beneficiary.region"] = "户籍地不在本区县，请到户籍所在区县申报。"
    elif region.status != "active":
        wrong["beneficiary.region"] = "该村（社区）已撤并，请选择合并后的村（社区）。"
    elif ctx.regions.at_level(code, "village") is None:
        wrong["beneficiary.region"] = "请选择到村（社区）。"
    elif at_window(ctx) and serves(ctx, code) is None:
        wrong["beneficiary.region"] = "户籍不在本窗口的辖区，请到户籍所在乡镇（街道）或村（社区）的窗口办理。"


def check_successor(ctx: Context, before: str, code: str, wrong: Wrong) -> None:
    """Only a village that is no more gives way to another: who would choose their village chose their handlers."""
    if ctx.regions[before].status == "active":
        wrong["beneficiary.region"] = "户籍所在村（社区）不能更改；如填写有误，请撤回后重新申报。"
    else:
        check_region(ctx, code, wrong)


def check_age(form: Form, category: Category | None, age: int, wrong: Wrong) -> None:
    if not check_eligibility(form, age, wrong) or category is None:
        return
    if not (category.age_min or 0) <= age <= (category.age_max or age):
        wrong["beneficiary.category"] = f"年龄与人员类别“{category.label}”不符，请重新选择。"


def check_eligibility(form: Form, age: int, wrong: Wrong) -> bool:
    """Whether somebody of that age can have it at all."""
    limits, field = form.eligibility, "beneficiary.id_number"
    if limits.age_min is not None and age < limits.age_min:
        wrong.setdefault(field, f"未满{limits.age_min}周岁，不符合申报条件。")
    elif limits.age_max is not None and age > limits.age_max:
        wrong.setdefault(field, f"已超过{limits.age_max}周岁，不符合申报条件。")
    else:
        return True
    return False


def check_declarant(ctx: Context, form: Form, declared_for: str, person: IdNumberText, name: str, wrong: Wrong) -> None:
    """为自己 must be the person who is signed in, 为他人 somebody else. At a window it is whoever has come with their card, and
    never the one who sits there."""
    own = is_own(ctx, ctx.actor, person)
    if declared_for == "self" and form.agent_only:
        wrong["declared_for"] = "本项目由监护人或代办人申报，请选择“为他人申报”。"
    elif at_window(ctx):
        if own:
            wrong["beneficiary.id_number"] = "不能给自己代录，请用本人手机在“遂宁一卡通”申报。"
    elif declared_for == "self" and not own:
        wrong["beneficiary.id_number"] = "与您实名绑定的身份证号不一致；替他人办理请选择“为他人申报”。"
    elif declared_for == "self" and not (ctx.actor.name and same_name(ctx.actor.name.reveal(), name)):
        wrong["beneficiary.name"] = "与您实名绑定的姓名不一致。"
    elif declared_for == "other" and own:
        wrong["beneficiary.id_number"] = "这是您本人的身份证号，请选择“为自己申报”。"


def is_own(ctx: Context, actor: Actor, person: IdNumberText) -> bool:
    return actor.id_key is not None and actor.id_key == ctx.store.blind(person)


def _read(read: Callable[[], object], field: str, wrong: Wrong):  # type: ignore[no-untyped-def]
    try:
        return read()
    except idnumbers.BadNumber as problem:
        wrong[field] = problem.text
        return None


# --- the project's own questions -------------------------------------------------------------------------------------


def check_answers(form: Form, given: Mapping[str, Answer], today: date, wrong: Wrong) -> dict[str, str]:
    """The answers as they are stored: text, decimals without trailing noise, dates as ``YYYY-MM-DD``."""
    asked = {question.key: question for question in form.questions}
    for key in given.keys() - asked.keys():
        wrong[f"answers.{key}"] = "本项目没有这一项。"
    answers: dict[str, str] = {}
    for key, question in asked.items():
        text = _typed(given.get(key))
        if not text:
            if question.required:
                wrong[f"answers.{key}"] = f"请填写{question.label}。"
            continue
        try:
            answers[key] = READERS[question.type](question, text, today)
        except Unfit as problem:
            wrong[f"answers.{key}"] = problem.text
    return answers


def area_so_far(given: Mapping[str, Answer]) -> str:
    """The area of a form that is still being filled; "" while it is no number."""
    try:
        return format(money.decimal(_typed(given.get(AREA))), "f")
    except money.BadAmount:
        return ""


class Unfit(Refused):
    """One answer does not fit its question."""


def _typed(value: Answer) -> str:
    # Doubles carry noise beyond their fifteenth digit: 100.1 * 3 is 300.29999999999995 to a browser.
    return "" if value is None else clean(format(value, ".15g") if isinstance(value, float) else str(value))


def read_text(question: Question, text: str, today: date) -> str:
    if len(text) > question.max_length:
        raise Unfit(f"不超过{question.max_length}字。")
    return text


def read_integer(question: Question, text: str, today: date) -> str:
    return _number(question, text, 0)


def read_decimal(question: Question, text: str, today: date) -> str:
    return _number(question, text, 2)


def read_choice(question: Question, text: str, today: date) -> str:
    if text not in question.of:
        raise Unfit(f"请选择：{'、'.join(question.of)}。")
    return text


def read_date(question: Question, text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unfit("请选择日期。") from None
    earliest, latest = _day(question.min, today), _day(question.max, today)
    if earliest and day < earliest:
        raise Unfit(f"不能早于{earliest.isoformat()}。")
    if latest and day > latest:
        raise Unfit(f"不能晚于{latest.isoformat()}。")
    return day.isoformat()


READERS: Mapping[str, Callable[[Question, str, date], str]] = {
    "text": read_text,
    "integer": read_integer,
    "decimal": read_decimal,
    "choice": read_choice,
    "date": read_date,
}


def _number(question: Question, text: str, places: int) -> str:
    try:
        number = money.decimal(text, places)
    except money.BadAmount as problem:
        raise Unfit(f"{question.label}{problem.text}" if places else "请填写整数。") from None
    _check_range(question, number)
    return format(number, "f")


def _check_range(question: Question, number: Decimal) -> None:
    if question.min is not None and number < money.decimal(str(question.min)):
        raise Unfit(f"不能小于{question.min}。")
    if question.max is not None and number > money.decimal(str(question.max)):
        raise Unfit(f"不能大于{question.max}。")


def _day(bound: int | float | str | None, today: date) -> date | None:
    if bound is None:
        return None
    return today if bound == "today" else date.fromisoformat(str(bound))


# --- materials -------------------------------------------------------------------------------------------------------


def asked_materials(form: Form, category: str, declared_for: str) -> list[Material]:
    """What this category must or may hand in; the proof of 为他人申报 only then."""
    return [
        material
        for material in form.materials
        if (not material.categories or category in material.categories)
        and (not material.for_other or declared_for == "other")
    ]


def still_asked(form: Form, given: FormInput) -> FormInput:
    """Without what a form that was filled before holds and is asked for no more: the catalogue was changed since, or the 人员类别."""
    questions = {question.key for question in form.questions}
    materials = {material.key for material in asked_materials(form, given.beneficiary.category, given.declared_for)}
    return msgspec.structs.replace(
        given,
        answers={key: answer for key, answer in given.answers.items() if key in questions},
        materials={key: files for key, files in given.materials.items() if key in materials},
    )


def check_materials(
    form: Form, given: Mapping[str, tuple[str, ...]], category: str, declared_for: str, wrong: Wrong
) -> tuple[HandedIn, ...]:
    asked = {material.key: material for material in asked_materials(form, category, declared_for)}
    for key in given.keys() - asked.keys():
        if given[key]:
            wrong[f"materials.{key}"] = "本次申报不需要这份材料。"
    handed_in = []
    for key, material in asked.items():
        files = tuple(dict.fromkeys(given.get(key, ())))
        if len(files) > material.max_files:
            wrong[f"materials.{key}"] = f"{material.label}最多{material.max_files}个文件。"
        elif files:
            handed_in.append(HandedIn(key=key, files=files))
        elif material.required:
            wrong[f"materials.{key}"] = f"请上传{material.label}。"
    if sum(len(item.files) for item in handed_in) > MOST_FILES:
        wrong["materials"] = f"一次申报最多{MOST_FILES}个文件。"
    return tuple(handed_in)


def files_of(handed_in: tuple[HandedIn, ...]) -> list[str]:
    return [file for item in handed_in for file in item.files]


def files_in(given: FormInput) -> tuple[str, ...]:
    """Of all its materials, each once."""
    return tuple(dict.fromkeys(file for group in given.materials.values() for file in group))
