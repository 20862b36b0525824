"""What people and pipelines had called before the world began, as the trail has it: the same for the same start."""

from datetime import datetime

from sandbox.aws import AwsSandbox
from sandbox.aws.trail.files import Origin
from sandbox.world import past_models, past_people
from sandbox.world.then import Then


def tell(aws: AwsSandbox, started_at: datetime) -> None:
    """Have all of it recorded."""
    then = Then(started_at)
    for event in (*past_models.told(then), *past_people.told(then)):
        aws.trail.recorder.add(event, Origin.PAST)
