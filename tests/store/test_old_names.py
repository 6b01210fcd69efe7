"""What earlier versions have stored under other names is known, and done by the one who waits for it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hub.app import installed
from hub.cli.opening import read_settings
from hub.rules.host import Host
from tests.whole import ROOT

# By stored name: what it is called now, and who waits for it.
RENAMED: Mapping[str, tuple[str, str]] = {
    "declaration.StepDecided": ("declaration.TakeStep", "reaction:declaration.take_step"),
    "declaration.HoldAsked": ("declaration.HoldCase", "reaction:declaration.hold_case"),
    "declaration.HoldLifted": ("declaration.LiftHold", "reaction:declaration.lift_hold"),
    "declaration.CaseEnded": ("declaration.EndCase", "reaction:declaration.end_case"),
    "payments.StopAsked": ("payments.StopBenefits", "reaction:payments.stop"),
    "publicity.PublicityWanted": ("publicity.PublishRows", "reaction:publicity.want_batch"),
    "publicity.RowsOffered": ("publicity.AddRows", "reaction:publicity.take_offered"),
    "survey.SurveyWanted": ("survey.MakeSurvey", "reaction:survey.take_wanted"),
    "survey.SurveyCancelled": ("survey.CallOffSurvey", "reaction:survey.call_off"),
    "worklist.TaskWanted": ("worklist.OpenTask", "reaction:worklist.open_task"),
    "worklist.TaskSettled": ("worklist.SettleTask", "reaction:worklist.settle_task"),
    "worklist.TaskEnded": ("worklist.CloseTask", "reaction:worklist.close_task"),
    "worklist.TaskPaused": ("worklist.PauseTask", "reaction:worklist.pause_task"),
    "worklist.TaskResumed": ("worklist.ResumeTask", "reaction:worklist.resume_task"),
    "worklist.BusinessTouched": ("worklist.RecordActivity", "reaction:worklist.note_touch"),
}


@pytest.fixture(scope="module")
def host() -> Host:
    return installed(read_settings(ROOT / "config.yaml"))


@pytest.mark.parametrize(("before", "now"), RENAMED.items())
def test_an_event_stored_under_an_older_name_is_done(host: Host, before: str, now: tuple[str, str]) -> None:
    kind = host.event_class(before)
    hearer = host.reader(f"{now[1]}:{before.rpartition('.')[2]}")

    assert kind is not None and hearer is not None
    assert (host.event_name(kind), hearer.name) == (now[0], f"{now[1]}:{kind.__name__}")


@pytest.mark.parametrize("before", ["TaskWanted", "TaskResumed"])
def test_who_heard_another_event_then_still_hears_it(host: Host, before: str) -> None:
    """What the worklist was told, surveys listened to as well."""
    hearer = host.reader(f"reaction:survey.take_task:{before}")

    assert hearer is not None and hearer.name == "reaction:survey.take_task:TaskArrived"
