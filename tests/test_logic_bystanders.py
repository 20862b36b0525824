"""Good news of what was never bad is not kept, and nothing is different for it."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logic.bystanders import without_bystanders
from bot.logic.lifecycle import fold
from bot.model.incident import Act, Click, Entry
from bot.model.observation import Finding, Observation, Reading, Row, Verdict
from sandbox.fakes import at, finding, row, run

METRICS = ("accuracy", "recall", "f1", "auc")


def test_of_hundreds_of_good_rows_the_one_of_most_records_stays() -> None:
    """And every row that is or was bad."""
    good = tuple(replace(finding(f"m{n}", 0.9, Verdict.GOOD), reading=Reading(0.9, 0.5, None, n)) for n in range(300))
    blind = Finding(Row("m", "check"), Verdict.BLIND)
    bad, later = run(1, {"accuracy": 0.5, "recall": 0.1}), run(2, {"f1": 0.1}, {"accuracy": 0.9})
    (kept,) = without_bystanders((bad,), (replace(later, findings=(*good, *later.findings, blind)),))
    assert kept == replace(later, findings=(good[-1], *later.findings, blind))


def test_an_observation_without_them_stays_as_it_is() -> None:
    """The row that turns bad within the same batch counts too."""
    batch = (run(1, good={"accuracy": 0.9, "recall": 0.9}), run(2, {"accuracy": 0.1}))
    assert without_bystanders((), batch) == batch


findings = st.builds(
    lambda metric, seen, verdict, samples: Finding(row(metric), verdict, Reading(seen, 0.5, 0.01, samples)),
    st.sampled_from(METRICS),
    st.sampled_from([0.1, 0.4, 0.9]),
    st.sampled_from([Verdict.BAD, Verdict.GOOD, Verdict.GOOD, Verdict.BLIND]),
    st.sampled_from([None, 10, 1000]),
)
observed = st.builds(
    lambda found, by, complete: replace(run(0, by=by, complete=complete), findings=found),
    st.lists(findings, max_size=4, unique_by=lambda f: f.row).map(tuple),
    st.sampled_from(["first", "second"]),
    st.booleans(),
)
acts = st.sampled_from([Act.ACKNOWLEDGE, Act.RESOLVE, Act.REOPEN])


@settings(max_examples=150, deadline=None)
@given(st.lists(observed | acts, max_size=12))
def test_the_state_is_the_same_without_them(story: list[Observation | Act]) -> None:
    """Whatever happens in order."""
    whole: list[Entry] = []
    slim: list[Entry] = []
    for hour, event in enumerate(story):
        if isinstance(event, Observation):
            seen = replace(run(hour), subject=event.subject, findings=event.findings, complete=event.complete)
            whole.append(seen)
            slim += without_bystanders(slim, (seen,))
        else:
            entry = Click(f"c{hour}", event, at(hour), "U1", (row("accuracy"), row("recall")), at(hour + 3))
            whole.append(entry)
            slim.append(entry)
        assert fold(slim, at(hour)) == fold(whole, at(hour))
