"""Plugins that meet: what one needs or uses of another, asks it, tells it to do, and does itself later."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from functools import partial
from types import ModuleType
from typing import ClassVar

import pytest

from hub.api import Answer, Collection, Document, Event, Instruction, Question, Reaction, Step, StepHandler, hookimpl
from hub.rules.finding import find
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.rules.switching import switch
from hub.words.actors import Actor
from hub.words.errors import SwitchedOff
from tests.world import ANJU, SHEHONG, VILLAGE, World


class Book(Document, frozen=True, kw_only=True):
    title: str


class TitleOf(Question[str], frozen=True, kw_only=True):
    book: str


class PutAway(Instruction, frozen=True, kw_only=True):
    subject_field: ClassVar[str] = "book"
    formerly: ClassVar[tuple[str, ...]] = ("PutAwayAsked",)
    book: str


class CountShelf(Step, frozen=True, kw_only=True):
    formerly: ClassVar[tuple[str, ...]] = ("CountShelfDue", "attic.ShelfCounted")
    shelf: int


async def title_of(ctx, question):
    found = await ctx.store["library.books"].first({"_id": question.book})
    return found and found.title


async def put_away(event, ctx):
    """Nothing to see here."""


async def count_shelf(step, ctx):
    """Nor here."""


class Library:
    """Answers, and does what it is told."""

    reach = "asker"

    @hookimpl
    def collections(self):
        return [Collection(name="library.books", document=Book, scope="subtree")]

    @hookimpl
    def events(self):
        return [PutAway]

    @hookimpl
    def reactions(self):
        return [Reaction(event=PutAway, call=put_away)]

    @hookimpl
    def steps(self):
        return [StepHandler(step=CountShelf, call=count_shelf)]

    @hookimpl
    def answers(self):
        return [Answer(question=TitleOf, call=title_of, reach=self.reach)]


class WideLibrary(Library):
    reach = "county"


class Reader:
    """Knows the library."""

    USES = ("library",)


@asynccontextmanager
async def world_with(mongo_uri, database_name, library):
    plugins = [("library", library), ("reader", Reader())]
    world = await World.make(mongo_uri, database_name, plugins, on=(ANJU, SHEHONG))
    yield world
    await world.database.close()


@pytest.fixture
async def world(mongo_uri, database_name):
    async with world_with(mongo_uri, database_name, Library()) as world:
        yield world


async def a_book(world):
    async def add(ctx):
        return await ctx.store["library.books"].insert(Book(id=ctx.new_id(), place=VILLAGE, title="惠农政策"))

    return (await world.units.run(add, plugin="library", place=world.place(ANJU))).id


async def asked(world, book, **who):
    return await world.units.read(
        lambda ctx: ctx.ask(TitleOf(book=book)), plugin="reader", place=world.place(ANJU), **who
    )


async def test_a_question_is_answered_from_the_other_plugins_documents(world):
    """By whoever has an answer; it is None where nobody has."""
    book = await a_book(world)

    answers = [await asked(world, book), await asked(world, "another")]

    assert answers == ["惠农政策", None]


@pytest.mark.parametrize(("library", "answer"), [(Library(), None), (WideLibrary(), "惠农政策")])
async def test_an_answer_looks_as_far_as_it_says(mongo_uri, database_name, library, answer):
    """A resident reaches no book: only an answer with the county's reach finds it for them."""
    async with world_with(mongo_uri, database_name, library) as world:
        book = await a_book(world)

        found = await asked(world, book, actor=Actor(kind="resident", person="p1"))

    assert found == answer


async def test_where_the_other_plugin_is_off_nobody_answers_or_obeys(world):
    """An instruction that nobody would ever carry out is refused, and can be asked about before."""
    book = await a_book(world)
    await switch(world.units, ANJU, "library", on=False, actor=world.staff(ANJU))

    async def tell(ctx):
        ctx.emit(PutAway(place=VILLAGE, book=book))

    with pytest.raises(SwitchedOff):
        await world.units.run(tell, plugin="reader", place=world.place(ANJU))
    does = await world.units.read(lambda ctx: _returned(ctx.does(PutAway)), plugin="reader", place=world.place(ANJU))

    assert (does, await asked(world, book)) == (False, None)


async def _returned(value):
    return value


async def test_an_instruction_and_a_step_wait_for_their_one_hearer(world):
    """Stored with what else the unit writes; a step is heard by its own plugin alone."""

    async def tell(ctx):
        ctx.emit(PutAway(place=VILLAGE, book="b1"))
        ctx.enqueue(CountShelf(place=VILLAGE, shelf=3))

    await world.units.run(tell, plugin="library", place=world.place(ANJU))

    events = await world.database["events"].find({}, sort=[("_id", 1)]).to_list(2)
    assert [(event["type"], [item["name"] for item in event["todo"]]) for event in events] == [
        ("library.PutAway", ["reaction:library.put_away:PutAway"]),
        ("library.CountShelf", ["step:library.count_shelf:CountShelf"]),
    ]


def test_what_an_older_version_has_stored_is_known_by_its_name_of_then():
    """The event, and who waits for it: a step was a reaction once."""
    host = Host(gather([("library", Library())]))

    kinds = [host.event_class(name) for name in ("library.PutAwayAsked", "library.CountShelfDue", "attic.ShelfCounted")]
    readers = [
        host.reader(name).name
        for name in ("reaction:library.put_away:PutAwayAsked", "reaction:library.count_shelf:CountShelfDue")
    ]

    assert kinds == [PutAway, CountShelf, CountShelf]
    assert readers == ["reaction:library.put_away:PutAway", "step:library.count_shelf:CountShelf"]


def test_an_instruction_has_one_hearer_its_own():
    """Two who obey would do it twice, nobody would not do it at all."""

    class Busy:
        @hookimpl
        def reactions(self):
            return [Reaction(event=PutAway, call=put_away)]

    class Idle(Library):
        @hookimpl
        def reactions(self):
            return []

    twice = Host(gather([("library", Library()), ("busy", Busy())])).problems()
    never = Host(gather([("library", Idle())])).problems()

    said = ": the instruction PutAway must be heard by one reaction, its own; it is heard by "
    assert [problem.partition(said)[2] for problem in twice + never] == ["['library', 'busy']", "none"]
    assert all(problem.startswith("plugin 'library': tests/core/test_meeting.py:") for problem in twice + never)


def test_a_field_that_names_the_subject_exists():
    """A typing error would silently let events of one case overtake each other."""

    class Lost(Event, frozen=True, kw_only=True):
        subject_field: ClassVar[str] = "boook"
        book: str

    class Telling:
        @hookimpl
        def events(self):
            return [Lost]

    [problem] = Host(gather([("telling", Telling())])).problems()

    assert problem.startswith("plugin 'telling': tests/core/test_meeting.py:")
    assert problem.endswith(": Lost.subject_field is 'boook', which is none of its fields")


def of_another_package(name, **content):
    """A plugin of a package of its own, as one from another distribution."""
    module = ModuleType(f"{name}.plugin", "A plugin.")
    vars(module).update(content)
    return module


@pytest.mark.parametrize(("named", "told"), [({"USES": ("survey",)}, []), ({}, ["MakeSurvey"])])
def test_who_imports_anothers_events_names_that_plugin(monkeypatch, named, told):
    """Else it would not start, or fall silent, without the other, and nothing would say why."""
    from plugins.survey.events import MakeSurvey

    visitor = of_another_package("visitor", MakeSurvey=MakeSurvey, **named)
    monkeypatch.setitem(sys.modules, "visitor.plugin", visitor)
    host = Host(gather([*find(["survey", "declaration", "payments"]), ("visitor", visitor)]))

    problems = [problem for problem in host.problems() if "plugin 'visitor'" in problem]

    assert problems == [
        f"plugin 'visitor': it imports {name} of plugin 'survey': name 'survey' in NEEDS, or in USES if it can do without"
        for name in told
    ]


@pytest.mark.parametrize("named", [("survey",), ()])
def test_a_used_plugin_need_not_be_installed(named):
    """What is heard of it is then heard by nobody; what is not used must be there."""
    from plugins.survey.events import SurveySubmitted

    class Visitor:
        USES = named

        @hookimpl
        def reactions(self):
            return [Reaction(event=SurveySubmitted, call=put_away)]

    problems = Host(gather([("visitor", Visitor())])).problems()

    missing = "reaction:visitor.put_away:SurveySubmitted hears SurveySubmitted, which no plugin declares in events()"
    assert [problem.rpartition(": ")[2] for problem in problems] == ([] if named else [missing])


async def test_what_a_plugin_that_is_not_installed_should_do_is_refused(mongo_uri, database_name):
    """As where it is off; to tell a fact that no plugin has is a mistake of the one who tells."""
    from plugins.survey.events import CallOffSurvey

    class Visitor:
        USES = ("survey",)

    world = await World.make(mongo_uri, database_name, [("visitor", Visitor())])

    async def tell(event, ctx):
        ctx.emit(event)

    gone = CallOffSurvey(place=VILLAGE, subject="c1", origin="visitor")
    with pytest.raises(SwitchedOff):
        await world.units.run(partial(tell, gone), plugin="visitor", place=world.place(ANJU))
    with pytest.raises(KeyError):
        await world.units.run(partial(tell, Told(place=VILLAGE)), plugin="visitor", place=world.place(ANJU))

    assert await world.database["events"].count_documents({}) == 0
    await world.database.close()


class Told(Event, frozen=True, kw_only=True):
    """Of no plugin."""
