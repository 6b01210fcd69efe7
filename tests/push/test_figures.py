"""What Prometheus is told: figures that turn bad when things do, also when nobody can look any more."""

from __future__ import annotations

from datetime import timedelta

from prometheus_client import generate_latest

from tests.push.office import ANJU, OA, SEND_OA, Office, Parcel


def figures(office: Office) -> dict[str, float]:
    """Name with labels → value, as a scrape gets them."""
    text = generate_latest(office.push._metrics._registry).decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_ages_grow_while_the_database_does_not_answer(office: Office) -> None:
    """Nothing waited at the last look. After an hour without one, something may have waited for an hour: 0 would be a lie."""
    await office.push.sweeper.sweep()
    fresh = figures(office)

    office.clock.advance(timedelta(hours=1))
    stale = figures(office)
    await office.push.sweeper.sweep()
    again = figures(office)

    names = ("hub_database_up", "hub_push_oldest_event_seconds", "hub_push_oldest_due_seconds")
    assert [fresh[name] for name in names] == [1, 0, 0]
    assert [stale[name] for name in names] == [0, 3600, 3600]
    assert stale["hub_database_silent_seconds"] == 3600
    assert [again[name] for name in names] == [1, 0, 0]


async def test_an_event_that_waits_gets_older_between_two_looks(office: Office) -> None:
    await office.tell(Parcel(place=ANJU, subject="c1", persons=(await office.person("ann"),)))
    await office.push.sweeper.sweep()

    office.clock.advance(timedelta(seconds=7))

    assert figures(office)["hub_push_oldest_event_seconds"] == 7


async def test_a_pause_is_a_figure_with_account_and_reason(office: Office) -> None:
    """An account that rests until midnight must not look well."""
    ann = await office.person("ann")
    await office.phones.fault(path=SEND_OA, errcode=45009)
    before = figures(office)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        paused = figures(office)

    name = f'hub_wechat_paused_seconds{{account="{OA}",reason="quota",template="*"}}'
    assert name not in before
    assert paused[name] > 3600
