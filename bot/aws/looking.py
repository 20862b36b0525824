"""A look at the data of one run that has no verdict: a few calls, each of which may be refused alone."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from bot.aws.definitions import Definitions, Inputs
from bot.aws.hours import Files, Hours
from bot.aws.hub import Answer, Hub, Target
from bot.aws.jobs import Location, folder_of, job_name, window_of
from bot.aws.objects import Objects
from bot.errors import Malformed, Missing, SourceError
from bot.model.blind import RunFacts
from bot.model.fleet import Capture
from bot.model.monitor import Execution, Schedule
from bot.ports.ask import Ask

MOST_VARIANTS = 4
"""Variants of an endpoint that are looked into; production endpoints have one or two."""
MOST_OPENED = 20
"""Files of captured data and labels that are opened to count."""
BATCH_INPUTS = "input"
"""The folder in which a batch transform captures what it was given (SageMaker guide: capture from batch transform)."""


class Looking:
    """Gathers facts step by step. What is refused is noted; who does not answer is not asked any more."""

    def __init__(
        self, hub: Hub, definitions: Definitions, objects: Objects | None, ask: Ask, run: Execution, schedule: Schedule
    ) -> None:
        """Without `objects` nothing that was captured is opened."""
        self._hub = hub
        self._hours = Hours(hub)
        self._definitions = definitions
        self._objects = objects
        self._run = run
        self._schedule = schedule
        self._target = Target(run.account, run.region)
        self._inputs = Inputs()
        self._folders: tuple[Location, ...] = ()
        self._captures: tuple[Files, ...] = ()
        self._labels: Files | None = None
        self.facts = RunFacts(looked_at=ask.now)

    def look(self) -> RunFacts:
        """What could be found out."""
        for step in (self._window, self._definition, self._endpoint, self._captured, self._labelled, self._merged):
            try:
                step()
            except SourceError as error:
                self._unlooked(error.cause)
                if error.retryable:
                    self.facts = replace(self.facts, answered=False)
                    return self.facts
        self._count()
        return self.facts

    def _unlooked(self, cause: str) -> None:
        self.facts = replace(self.facts, unlooked=(*dict.fromkeys((*self.facts.unlooked, cause)),))

    def _window(self) -> None:
        """The job says it, if there was one."""
        if not self._run.job_arn:
            return
        try:
            job = self._call("DescribeProcessingJob", ProcessingJobName=job_name(self._run.job_arn))
        except (Missing, Malformed):
            return
        self.facts = replace(self.facts, window=window_of(job.get("Environment", {})))

    def _definition(self) -> None:
        """Where labels lie, and the window where no job told it."""
        try:
            self._inputs = self._definitions.read(self._target, self._schedule)
        except Missing:
            self._unlooked("its job definition is deleted")
        window = self.facts.window or self._inputs.window(self._run.scheduled_at, self._schedule.cadence)
        self.facts = replace(self.facts, window=window, wants_labels=self._inputs.wants_truth)

    def _endpoint(self) -> None:
        """Where captured data lies: the endpoint says it, of a batch transform the definition."""
        if not self._run.endpoint:
            captured = self._inputs.captured
            folders = self._hours.folders(self._target, captured) if captured else ()
            self._folders = tuple(at for at in folders if at.key.rsplit("/", 1)[-1] == BATCH_INPUTS)
            return
        try:
            said = self._call("DescribeEndpoint", EndpointName=self._run.endpoint)
        except Missing:
            self.facts = replace(self.facts, endpoint_gone=True)
            return
        self._take_capture(said)

    def _take_capture(self, said: Answer) -> None:
        given = said.get("DataCaptureConfig") or {}
        at, changed = folder_of(given.get("DestinationS3Uri")), said.get("LastModifiedTime")
        on = bool(given.get("EnableCapture", False))
        self.facts = replace(
            self.facts,
            capture=Capture(on, int(given.get("CurrentSamplingPercentage", 0)), f"{at or ''}"),
            halted=on and given.get("CaptureStatus") == "Stopped",
            changed_at=changed.astimezone(UTC) if isinstance(changed, datetime) else None,
        )
        if at:
            endpoint = Location(at.bucket, f"{at.key}/{self._run.endpoint}".lstrip("/"))
            self._folders = self._hours.folders(self._target, endpoint)[:MOST_VARIANTS]
            if not self._folders:
                self.facts = replace(self.facts, captured=False)
        elif on:
            raise Malformed("the endpoint's capture names no plain S3 address")

    def _captured(self) -> None:
        window = self.facts.window
        if window and self._folders:
            self._captures = tuple(self._hours.within(self._target, at, window) for at in self._folders)
            self.facts = replace(self.facts, captured=any(self._captures))

    def _labelled(self) -> None:
        """Only where there may be something to be labelled."""
        if not self._inputs.wants_truth or self.facts.captured is False or not self.facts.window:
            return
        if self._inputs.truth is None:
            raise Malformed("its ground truth is at no plain S3 address")
        self._labels = self._hours.within(self._target, self._inputs.truth, self.facts.window)
        self.facts = replace(self.facts, labelled=bool(self._labels))

    def _merged(self) -> None:
        """Whether the merge of a run with both found anything that fits."""
        output, window = self._inputs.output, self.facts.window
        if self.facts.labelled and output and window:
            merges = (output.file(f"merge/{self._run.endpoint}/{at.key.rsplit('/', 1)[-1]}") for at in self._folders)
            found = any(self._hours.within(self._target, at, window) for at in merges)
            self.facts = replace(self.facts, merged=found)

    def _count(self) -> None:
        """How many predictions have a label: where that may be read, and is little. Else it stays unknown."""
        labels, files = self._labels, tuple(at for files in self._captures for at in files.at)
        if self._objects is None or labels is None or self.facts.merged or not self.facts.captured:
            return
        if not all(f.whole for f in (labels, *self._captures)) or len(files) + len(labels.at) > MOST_OPENED:
            return
        if sum(f.bytes for f in (labels, *self._captures)) > self._objects.cap_bytes:
            return
        try:
            predictions = list(self._ids(files, self._objects))
            truths = set(self._ids(labels.at, self._objects))
        except SourceError:
            return
        matched = sum(1 for one in predictions if one in truths)
        self.facts = replace(self.facts, predictions=len(predictions), matched=matched)

    def _ids(self, files: Iterable[Location], objects: Objects) -> Iterator[str]:
        for at in files:
            yield from ids(objects.body(self._target, at))

    def _call(self, operation: str, **params: object) -> Answer:
        return self._hub.call(self._target, "sagemaker", operation, **params)


def ids(body: bytes) -> Iterator[str]:
    """The id of each line of captured data or ground truth, by which Model Monitor joins them; empty for none."""
    for line in body.splitlines():
        if not line.strip():
            continue
        try:
            metadata = json.loads(line)["eventMetadata"]
            yield str(metadata.get("inferenceId") or metadata["eventId"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            yield ""
