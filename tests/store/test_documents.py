"""Documents: scope, versions, personal values, pages, plans."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from hub.api import Collection, Document, IdNumberText, Index, Paging, hookimpl
from hub.words.actors import GUEST, Actor
from hub.words.errors import Duplicate, Forbidden, Invalid, NotFound, Stale
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, SHEHONG, VILLAGE, World

OLD_WOMAN = IdNumberText("510904194403150023")


class Note(Document, frozen=True, kw_only=True):
    text: str
    bureau: str = "民政局"
    readers: tuple[str, ...] = ()
    about: IdNumberText | None = None


class Notice(Document, frozen=True, kw_only=True):
    text: str


class Draft(Document, frozen=True, kw_only=True):
    person: str
    text: str


class Notes:
    """Three ways of keeping readers to what is theirs."""

    @hookimpl
    def collections(self):
        return (
            Collection(
                name="notes.cases",
                document=Note,
                scope="subtree",
                narrowed_by=("bureau",),
                indexes=(
                    Index((("created_at", -1), ("_id", -1))),
                    Index((("county", 1), ("about.b", 1)), unique=True, partial={"about.b": {"$exists": True}}),
                ),
            ),
            Collection(
                name="notes.notices", document=Notice, scope="published_down", indexes=(Index((("created_at", -1),)),)
            ),
            Collection(name="notes.drafts", document=Draft, scope="person"),
        )


@pytest.fixture
async def world(mongo_uri, database_name):
    world = await World.make(mongo_uri, database_name, [("notes", Notes())])
    yield world
    await world.database.close()


def case(ctx, text="a", **fields):
    return Note(id=ctx.new_id(), place=VILLAGE, text=text, **fields)


async def put(world, **fields):
    return await world.units.run(
        lambda ctx: ctx.store["notes.cases"].insert(case(ctx, **fields)), plugin="notes", place=world.place(ANJU)
    )


def readers(world):
    return {
        "county": (world.staff(ANJU), ANJU),
        "county, asking at the town": (world.staff(ANJU), JUXIAN),
        "town": (world.staff(JUXIAN), JUXIAN),
        "town, asking at the county": (world.staff(JUXIAN), ANJU),
        "city, asking at the city": (world.staff(CITY), CITY),
        "its bureau": (world.staff(ANJU, bureau="民政局"), ANJU),
        "a reader of the case": (Actor(kind="resident", person="p1"), SHEHONG),
        "another bureau": (world.staff(ANJU, bureau="农业农村局"), ANJU),
        "sibling town": (world.staff(DONGCHAN), ANJU),
        "sibling town, asking at this one": (world.staff(DONGCHAN), JUXIAN),
        "another county": (world.staff(SHEHONG), SHEHONG),
        "another county, asking here": (world.staff(SHEHONG), ANJU),
        "another resident": (Actor(kind="resident", person="p2"), ANJU),
        "guest": (GUEST, ANJU),
    }


ALLOWED = {
    "county",
    "county, asking at the town",
    "town",
    "town, asking at the county",
    "city, asking at the city",
    "its bureau",
    "a reader of the case",
}


REFUSED = {
    "another bureau",
    "sibling town",
    "sibling town, asking at this one",
    "another county",
    "another county, asking here",
    "another resident",
    "guest",
}


@pytest.mark.parametrize("who", sorted(ALLOWED | REFUSED))
async def test_a_case_is_seen_by_its_own_readers_only(world, who):
    """Region, bureau and person decide, for the list, the count and the single document alike."""
    note = await put(world, readers=("p1",))
    actor, at = readers(world)[who]

    async def look(ctx):
        cases = ctx.store["notes.cases"]
        return await cases.find({}), await cases.count({}), await cases.first({"_id": note.id})

    found, count, single = await world.units.read(
        look, plugin="notes", place=world.place(at), actor=actor, permission="any"
    )

    seen = who in ALLOWED
    assert ([item.id for item in found] == [note.id], count, single is not None) == (seen, int(seen), seen)


async def test_a_case_outside_the_scope_cannot_be_saved(world):
    """A writer who cannot see it is told that it does not exist."""
    note = await put(world)

    async def change(ctx):
        await ctx.store["notes.cases"].save(msgspec.structs.replace(note, text="mine now"))

    with pytest.raises(NotFound):
        await world.units.run(
            change, plugin="notes", place=world.place(ANJU), actor=world.staff(DONGCHAN), permission="any"
        )


async def test_a_case_cannot_be_put_beside_the_writers_positions(world):
    """A town's handler makes no cases for a sibling town, nor anybody for another county."""
    here = world.staff(DONGCHAN)

    async def make(ctx):
        await ctx.store["notes.cases"].insert(case(ctx))

    with pytest.raises(Forbidden):
        await world.units.run(make, plugin="notes", place=world.place(ANJU), actor=here, permission="any")
    with pytest.raises(Forbidden):
        await world.units.run(make, plugin="notes", place=world.place(SHEHONG))


async def test_the_second_of_two_writers_is_stale(world):
    """The loser learns the present version; nothing of theirs is kept."""
    note = await put(world)

    async def change(ctx):
        await ctx.store["notes.cases"].save(msgspec.structs.replace(note, text="changed"))

    await world.units.run(change, plugin="notes", place=world.place(ANJU))
    with pytest.raises(Stale) as refused:
        await world.units.run(change, plugin="notes", place=world.place(ANJU))

    assert refused.value.state == {"version": 2}


async def test_personal_values_are_sealed_and_found(world):
    """The database holds no digit of them, yet finds them exactly; a unique index works on what it cannot read."""
    note = await put(world, about=OLD_WOMAN)

    raw = await world.database["notes.cases"].find_one({"_id": note.id})
    found = await world.units.read(
        lambda ctx: ctx.store["notes.cases"].find({"about": OLD_WOMAN}), plugin="notes", place=world.place(ANJU)
    )

    assert OLD_WOMAN.reveal() not in str(raw)
    assert [item.about for item in found] == [OLD_WOMAN]
    with pytest.raises(Duplicate):
        await put(world, about=OLD_WOMAN)


async def test_pages_stay_right_while_documents_come_and_go(world):
    """Every document that stood there from the start is seen once, whatever is added or removed between the pages."""
    notes = []
    for _ in range(7):
        notes.append(await put(world))
        world.clock.advance(timedelta(seconds=1))

    seen, cursor = [], None
    while True:
        page = await world.units.read(
            lambda ctx, at=cursor: ctx.store["notes.cases"].page({}, Paging(limit=2, cursor=at)),
            plugin="notes",
            place=world.place(ANJU),
        )
        seen += [item.id for item in page.items]
        await put(world, text="new")
        if page.next is None:
            break
        cursor = page.next

    assert seen == [note.id for note in reversed(notes)]


async def test_groups_of_one_size_stand_in_the_order_of_all_their_fields(world):
    """And not of the least of them, which leaves those that share it to chance."""
    for text in "hcfagbed":
        await put(world, bureau="A", text=text)

    found = await world.units.read(
        lambda ctx: ctx.store["notes.cases"].groups({}, ("bureau", "text"), least=("text",)),
        plugin="notes",
        place=world.place(ANJU),
    )

    assert [group.key for group in found] == [("A", text) for text in "abcdefgh"]
    assert {(group.count, group.key[1]) for group in found} == {(1, text) for text in "abcdefgh"}


async def test_sums_add_up_what_documents_say(world):
    """Of each combination, the most first; outside a transaction from one snapshot, inside it with what that has written."""
    for bureau in "AAB":
        await put(world, bureau=bureau)

    async def ask(ctx):
        return await ctx.store["notes.cases"].sums({}, ("bureau",), "version", ("text",))

    outside = await world.units.read(ask, plugin="notes", place=world.place(ANJU))
    inside = await world.units.run(ask, plugin="notes", place=world.place(ANJU))

    assert [(group.key, group.count) for group in outside] == [(("A",), 2), (("B",), 1)]
    assert inside == outside and all(group.least for group in outside)


async def test_counts_by_several_fields_agree_with_each_alone(world):
    """In one reading of the documents."""
    for bureau, text in ("Aa", "Ab", "Bb", "Bb", "Cb"):
        await put(world, bureau=bureau, text=text)
    by = {"bureau": ("bureau",), "both": ("bureau", "text")}

    async def ask(ctx):
        notes = ctx.store["notes.cases"]
        return await notes.counts({}, by), {name: await notes.groups({}, fields) for name, fields in by.items()}

    counted, alone = await world.units.read(ask, plugin="notes", place=world.place(ANJU))

    assert counted == alone
    assert [(group.key[0], group.count) for group in counted["bureau"]] == [("A", 2), ("B", 2), ("C", 1)]


async def test_what_counts_under_a_name_may_be_a_part_of_all(world):
    """Without a field it is one number."""
    for bureau in "AAB":
        await put(world, bureau=bureau)

    async def ask(ctx):
        by, of = dict.fromkeys(("all", "some", "none"), ()), {"some": {"bureau": "A"}, "none": {"bureau": "C"}}
        return await ctx.store["notes.cases"].counts({}, by, of)

    counted = await world.units.read(ask, plugin="notes", place=world.place(ANJU))

    assert {name: [group.count for group in groups] for name, groups in counted.items()} == {
        "all": [3],
        "some": [2],
        "none": [],
    }


@pytest.mark.parametrize("cursor", ["%%%", "e30", "WzFd", "W3siJGd0IjogIiJ9LCAxXQ"])
async def test_a_forged_cursor_is_refused(world, cursor):
    """Broken base64, wrong JSON, a wrong length, an operator."""
    with pytest.raises(Invalid):
        await world.units.read(
            lambda ctx: ctx.store["notes.cases"].page({}, Paging(cursor=cursor)),
            plugin="notes",
            place=world.place(ANJU),
        )


async def test_a_list_without_a_limit_is_whole_or_refused(world):
    """It was cut at 200 without a word; with a limit the first are wanted."""

    async def put_many(ctx):
        await ctx.store["notes.cases"].insert_many([case(ctx, text=f"{number:03}") for number in range(201)])

    async def read(**limit):
        return await world.units.read(
            lambda ctx: ctx.store["notes.cases"].find({}, sort=(("text", 1),), **limit),
            plugin="notes",
            place=world.place(ANJU),
        )

    await world.units.run(put_many, plugin="notes", place=world.place(ANJU))

    with pytest.raises(RuntimeError, match="more than 200 of"):
        await read()
    assert [note.text for note in await read(limit=2)] == ["000", "001"]
    assert len(await read(limit=200)) == 200


@pytest.mark.parametrize("limit", [0, -1, 201])
async def test_a_limit_that_no_list_has_is_refused(world, limit):
    """It was taken for 200; 0 for all there is."""
    with pytest.raises(ValueError, match="a limit is 1 to 200"):
        await world.units.read(
            lambda ctx: ctx.store["notes.cases"].find({}, limit=limit), plugin="notes", place=world.place(ANJU)
        )


@pytest.mark.parametrize("filter", [{"$where": "1"}, {"$expr": {}}, {"a": {"$function": {}}}, {"$or": [{"$text": {}}]}])
async def test_filters_that_compute_are_refused(world, filter):
    """They could read around the scope."""
    with pytest.raises(ValueError, match="not allowed"):
        await world.units.read(
            lambda ctx: ctx.store["notes.cases"].find(filter), plugin="notes", place=world.place(ANJU)
        )


async def test_what_is_published_is_read_below(world):
    """A city's notice is read in its towns; a town's notice is not read in its sibling."""

    async def publish(ctx):
        for place in (CITY, ANJU, JUXIAN):
            await ctx.store["notes.notices"].insert(Notice(id=ctx.new_id(), place=place, text=place))

    await world.units.run(publish, plugin="notes", place=world.place(CITY))

    async def texts(at):
        found = await world.units.read(
            lambda ctx: ctx.store["notes.notices"].find({}), plugin="notes", place=world.place(at)
        )
        return {notice.text for notice in found}

    assert await texts(JUXIAN) == {CITY, ANJU, JUXIAN}
    assert await texts(DONGCHAN) == {CITY, ANJU}
    assert await texts(SHEHONG) == {CITY}


async def test_a_draft_is_its_owners_alone(world):
    """Not even staff of the whole county read it."""

    async def keep(ctx):
        await ctx.store["notes.drafts"].insert(Draft(id=ctx.new_id(), place=ANJU, person="p1", text="secret"))

    await world.units.run(keep, plugin="notes", place=world.place(ANJU), actor=Actor(kind="resident", person="p1"))

    async def count(actor):
        return await world.units.read(
            lambda ctx: ctx.store["notes.drafts"].count({}),
            plugin="notes",
            place=world.place(ANJU),
            actor=actor,
            permission="any",
        )

    assert [await count(Actor(kind="resident", person=person)) for person in ("p1", "p2")] == [1, 0]
    assert await count(world.staff(ANJU)) == 0


async def test_another_plugins_collections_cannot_be_had(world):
    """They meet through events, nodes, guards and reactions."""
    with pytest.raises(KeyError):
        await world.units.read(lambda ctx: ctx.store["notes.cases"].find({}), plugin="other", place=world.place(ANJU))


async def test_every_reader_has_an_index_at_20000_documents(world):
    """No collection scan and no sort in memory, for staff of one place, of several, and for residents."""
    template = world.database.encode(
        Note(id="x", place=VILLAGE, path=world.place(VILLAGE).path, county=ANJU, text="t", readers=("p1",))
    )
    rows = [
        {**template, "_id": f"n{number:06}", "created_at": world.clock.now() + timedelta(seconds=number)}
        for number in range(20_000)
    ]
    for row in rows:
        row.pop("about")
    await world.database["notes.cases"].insert_many(rows)
    order = (("created_at", -1), ("_id", -1))
    two_posts = Actor(
        kind="staff", person="s", positions=(*world.staff(JUXIAN).positions, *world.staff(DONGCHAN).positions)
    )

    plans = [
        await world.units.read(
            lambda ctx: ctx.store["notes.cases"].explain({}, order),
            plugin="notes",
            place=world.place(ANJU),
            actor=actor,
            permission="any",
        )
        for actor in (
            world.staff(JUXIAN),
            two_posts,
            world.staff(ANJU, bureau="民政局"),
            Actor(kind="resident", person="p1"),
        )
    ]

    for plan in plans:
        stages = str(plan["queryPlanner"]["winningPlan"])
        assert "COLLSCAN" not in stages
        assert "'SORT'" not in stages


async def test_many_are_deleted_together_or_not_at_all(world):
    """One that has moved on, or lies outside the scope, keeps all of them."""
    one, other = await put(world, text="a"), await put(world, text="b")
    moved_on = msgspec.structs.replace(other, version=other.version + 1)

    def delete(*notes, **who):
        async def act(ctx):
            await ctx.store["notes.cases"].delete_many(notes)
            return await ctx.store["notes.cases"].count({})

        return world.units.run(act, plugin="notes", place=world.place(ANJU), **who)

    with pytest.raises(Stale):
        await delete(one, moved_on)
    with pytest.raises(Stale):
        await delete(one, actor=world.staff(DONGCHAN), permission="any")
    assert await delete() == 2
    assert await delete(one, other) == 0
